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
  const unit = { name: 'unit', counts: { passed: 3, failed: 1, skipped: 0 }, parts: [], tookMs: 1234 }
  const empty = { name: 'e2e', counts: undefined, parts: [], tookMs: 300 }

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
})
