import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, type RetryPolicy } from './backoff.ts'

const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  attemptsMax: fc.integer({ min: 1, max: 1_000 }),
  backoffFirstMs: fc.integer({ min: 0, max: 100_000 }),
  backoffCapMs: fc.integer({ min: 0, max: 10_000_000 }),
  deadlineMs: fc.integer({ min: 0 }),
})
const attempts = fc.integer({ min: 1, max: 5_000 })
const spreads = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('backoff', () => {
  it('is a whole number between nothing and the ceiling, after however many attempts', () => {
    fc.assert(
      fc.property(policies, attempts, spreads, (policy, attempt, spread) => {
        const ms = backoffMs(policy, attempt, spread)
        expect(Number.isInteger(ms)).toBe(true)
        expect(ms).toBeGreaterThanOrEqual(0)
        expect(ms).toBeLessThanOrEqual(policy.backoffCapMs)
        expect(ms).toBeLessThanOrEqual(Math.ceil(policy.backoffFirstMs * 2 ** Math.min(attempt - 1, 100)))
      }),
    )
  })

  it('never gets shorter with the next attempt, for the same draw', () => {
    fc.assert(
      fc.property(policies, attempts, spreads, (policy, attempt, spread) => {
        expect(backoffMs(policy, attempt + 1, spread)).toBeGreaterThanOrEqual(backoffMs(policy, attempt, spread))
      }),
    )
  })

  it('doubles its ceiling up to the cap', () => {
    const policy = { attemptsMax: 9, backoffFirstMs: 1_000, backoffCapMs: 6_000, deadlineMs: 0 }
    expect([1, 2, 3, 4, 5].map((attempt) => backoffMs(policy, attempt, 0.5))).toEqual([500, 1_000, 2_000, 3_000, 3_000])
  })
})
