import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { slotWaitMs } from './slot-wait.ts'

const HALF = 0.5

describe('who waits for a slot', () => {
  it('asks by himself after some seconds, and the later the longer he has waited or the more are before him', () => {
    expect([slotWaitMs(0, 0, HALF), slotWaitMs(9_000, 0, HALF), slotWaitMs(0, 20, HALF)]).toEqual([
      5_000, 9_000, 20_000,
    ])
  })

  it('never waits longer than three quarters of a minute for that', () => {
    const some = fc.double({ min: 0, max: 1e9, noNaN: true })
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(fc.property(some, some, random, (waitedMs, rounds, nth) => slotWaitMs(waitedMs, rounds, nth) < 45_000))
  })
})
