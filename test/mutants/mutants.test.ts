import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MUTANTS } from './mutants.ts'

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')

// Running them takes minutes (`npm run mutants`); that the table still speaks about this code is seen here.
describe('the table of mutants', () => {
  it('has at least twenty, each under its own name', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(20)
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
  })

  it.each(MUTANTS)('finds the place of "$name" exactly once', ({ file, find, put }) => {
    expect(read(file).split(find)).toHaveLength(2)
    expect(put).not.toBe(find)
  })

  it.each(MUTANTS)('names a test for "$name" that exists', ({ test }) =>
    expect(read(sourceOf(test.file))).toContain(test.name),
  )
})

/** What any dispatch must do is written down once, and run by each. */
function sourceOf(file: string): string {
  return file.includes('kafka-dispatch.kafka') ? 'libs/dispatch/src/testing/describe-dispatch.ts' : file
}
