import { describe, expect, it } from 'vitest'
import { countTests } from './count-tests.mjs'
import { describeResults } from './summary.mjs'

const passedFile = { status: 'passed', assertionResults: [{ status: 'passed' }] }
const report = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1, testResults: [passedFile] }

describe('the count of a tier', () => {
  it('takes what vitest reported, with what is still to be written among the skipped', () => {
    expect(countTests(report, 0)).toEqual({ passed: 3, failed: 0, skipped: 2 })
  })

  it('has no counts when the tier has no test file', () => {
    expect(countTests(undefined, 0)).toBeUndefined()
  })

  it('is a failure when vitest ended without a report', () => {
    expect(countTests(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  it('counts a file that could not be loaded as one failure', () => {
    const broken = { status: 'failed', assertionResults: [] }
    expect(countTests({ ...report, testResults: [passedFile, broken] }, 1)).toMatchObject({ failed: 1 })
  })

  it('is a failure when every test passed and vitest still failed', () => {
    expect(countTests(report, 1)).toMatchObject({ passed: 3, failed: 1 })
  })
})

describe('the summary', () => {
  const unit = { name: 'unit', counts: { passed: 3, failed: 1, skipped: 0 }, parts: [], failures: [], tookMs: 1234 }
  const empty = { name: 'e2e', counts: undefined, parts: [], failures: [], tookMs: 300 }

  it('ends with the totals of all tiers on a line of their own', () => {
    expect(describeResults([unit, unit, empty]).split('\n').at(-1)).toBe('6 passed, 2 failed, 0 skipped')
  })

  it('names what a tier ran on and what it had to do without', () => {
    const parts = [
      { part: 'PostgreSQL', from: 'PostgreSQL 18.4, embedded' },
      { part: 'Kafka', missing: 'there is no Java' },
    ]
    const text = describeResults([{ ...unit, parts }])
    expect(text).toContain('PostgreSQL 18.4, embedded; without Kafka: there is no Java')
  })

  it('says between the tiers and the totals what failed, where, and the first lines of why', () => {
    const failures = [
      { file: 'libs/a/src/b.test.ts', name: 'a suite > does it', lines: ['Error: no', 'at libs/a/src/b.test.ts:7'] },
      { file: '', name: 'an error outside of every test', lines: ['Error: late'] },
    ]
    const text = describeResults([{ ...unit, failures }, empty])
    expect(text.split('\n').slice(-9)).toEqual([
      expect.stringMatching(/^e2e/),
      '',
      'unit: libs/a/src/b.test.ts > a suite > does it',
      '    Error: no',
      '    at libs/a/src/b.test.ts:7',
      'unit: an error outside of every test',
      '    Error: late',
      '',
      '3 passed, 1 failed, 0 skipped',
    ])
  })

  it('names some of very many that failed, and how many more there are', () => {
    const failures = Array.from({ length: 25 }, (_, nth) => ({ file: 'a.test.ts', name: `test ${nth}`, lines: [] }))
    const text = describeResults([{ ...unit, failures }])
    expect(text.split('\n').slice(-5)).toEqual([
      'unit: a.test.ts > test 18',
      'unit: a.test.ts > test 19',
      'and 5 more, further up',
      '',
      '3 passed, 1 failed, 0 skipped',
    ])
  })
})
