import { describe, expect, it } from 'vitest'
import { findTooLong, longestFile, longestFunction, measureFunctions } from './sizes.mjs'

const file = (text: string) => ({ path: 'libs/store/src/a.ts', text })
const lines = (count: number) => 'run()\n'.repeat(count)

describe('the size check', () => {
  it('finds a function that is too long, of any kind', () => {
    const body = lines(longestFunction)
    for (const text of [
      `function f() {\n${body}}`,
      `const f = () => {\n${body}}`,
      `class A { f() {\n${body}} }`,
      `g(() => {\n${body}})`,
    ]) {
      const [fault] = findTooLong([], measureFunctions(file(text)))
      expect(fault).toBe(
        `libs/store/src/a.ts:1: a function of ${longestFunction + 2} lines, over ${longestFunction}: name its parts`,
      )
    }
  })

  it('lets the chapters of a test be long', () => {
    expect(measureFunctions(file(`describe('x', () => {\n${lines(200)}})`))).toEqual([])
  })

  it('finds a file that is too long', () => {
    expect(findTooLong([file(lines(longestFile))], [])).toEqual([])
    expect(findTooLong([file(lines(longestFile + 1))], [])).toHaveLength(1)
  })

  it('tells named functions from those handed over in place', () => {
    const found = measureFunctions(file('const f = () => list.map((x) => x)\nclass A { g() {} }'))
    expect(found.map(({ named }) => named)).toEqual([true, false, true])
  })
})
