import { describe, expect, it } from 'vitest'
import { listFailures } from './list-failures.mjs'

type Thrown = Parameters<typeof listFailures>[1][number]

const ROOT = '/somewhere/readback'
const thrown = (message: string, more: Partial<Thrown> = {}): Thrown => ({ name: 'Error', message, ...more })
const at = (file: string, line: number) => ({ file, line, column: 3, method: '' })

const noErrors = () => []
const moduleOf = (own: { errors?: Thrown[]; suites?: Record<string, Thrown[]>; tests?: Record<string, Thrown[]> }) => ({
  relativeModuleId: 'libs/a/src/b.test.ts',
  errors: () => own.errors ?? [],
  children: {
    allTests: () =>
      Object.entries(own.tests ?? {}).map(([fullName, errors]) => ({ fullName, result: () => ({ errors }) })),
    allSuites: () => Object.entries(own.suites ?? {}).map(([fullName, errors]) => ({ fullName, errors: () => errors })),
  },
})
const linesOf = (error: Thrown) => listFailures([moduleOf({ tests: { it: [error] } })], [], ROOT)[0]?.lines

describe('the list of what failed', () => {
  it('is empty when nothing did', () => {
    expect(listFailures([moduleOf({ suites: { 'a suite': noErrors() } })], [], ROOT)).toEqual([])
  })

  it('has each failed test with its file and its full name', () => {
    const tests = { 'a suite > does it': [thrown('no')], 'a suite > does not': [thrown('yes')] }
    expect(listFailures([moduleOf({ tests })], [], ROOT)).toEqual([
      { file: 'libs/a/src/b.test.ts', name: 'a suite > does it', lines: ['Error: no'] },
      { file: 'libs/a/src/b.test.ts', name: 'a suite > does not', lines: ['Error: yes'] },
    ])
  })

  it('has a file that could not be loaded, and a suite whose set-up threw', () => {
    const module = moduleOf({ errors: [thrown('cannot find ./c.ts')], suites: { 'a suite': [thrown('no server')] } })
    expect(listFailures([module], [], ROOT)).toMatchObject([
      { name: 'the file itself', lines: ['Error: cannot find ./c.ts'] },
      { name: 'a suite', lines: ['Error: no server'] },
    ])
  })

  it('has an error outside of every test, with the file of the test that ran then where it is known', () => {
    const errors = [thrown('late'), thrown('later', { VITEST_TEST_PATH: `${ROOT}/libs/a/src/b.test.ts` })]
    expect(listFailures([], errors, ROOT)).toEqual([
      { file: '', name: 'an error outside of every test', lines: ['Error: late'] },
      { file: 'libs/a/src/b.test.ts', name: 'an error outside of every test', lines: ['Error: later'] },
    ])
  })
})

describe('why it failed', () => {
  it('is said with the line of our own where it was noticed', () => {
    const stacks = [at(`${ROOT}/node_modules/x/y.js`, 1), at(`${ROOT}/libs/a/src/b.test.ts`, 7)]
    expect(linesOf(thrown('no', { stacks }))).toEqual(['Error: no', 'at libs/a/src/b.test.ts:7'])
  })

  it('is said with what differs, where the message leaves that out, and without colours', () => {
    const diff =
      '\u001b[32m- Expected\u001b[39m\n\u001b[31m+ Received\u001b[39m\n\n  {\n-   "a": 1,\n+   "a": 2,\n    "b": 3,\n  }'
    expect(linesOf(thrown('expected { …(2) } to equal { …(2) }', { diff }))).toEqual([
      'Error: expected { …(2) } to equal { …(2) }',
      '-   "a": 1,',
      '+   "a": 2,',
    ])
  })

  it('is its first lines, however long they are', () => {
    const lines = linesOf(thrown(Array.from({ length: 50 }, (_, nth) => `${nth} ${'x'.repeat(1_000)}`).join('\n')))
    expect(lines).toHaveLength(6)
    expect(Math.max(...(lines ?? []).map((line) => line.length))).toBe(300)
  })

  it('names how many other errors there were', () => {
    const tests = { it: [thrown('no'), thrown('and in the clean-up')] }
    expect(listFailures([moduleOf({ tests })], [], ROOT)[0]?.lines).toEqual(['Error: no', 'and 1 more'])
  })
})
