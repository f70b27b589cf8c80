import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { slotWaitMs } from './slot-wait.ts'

describe('who waits for a slot asks by himself', () => {
  it('after some seconds, however long he has waited', () => {
    expect(slotWaitMs({ isLong: false, waitedMs: 60_000, rounds: 20 }, 1)).toBe(5_000)
  })

  it('in a long line the later, the longer he has waited or the more are before him', () => {
    const ofLong = (waitedMs: number, rounds: number) => slotWaitMs({ isLong: true, waitedMs, rounds }, 1)
    expect([ofLong(0, 0), ofLong(9_000, 0), ofLong(0, 20)]).toEqual([5_000, 9_000, 20_000])
  })

  it('within half a minute', () => {
    const some = fc.double({ min: 0, max: 1e9, noNaN: true })
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    const line = fc.record({ isLong: fc.boolean(), waitedMs: some, rounds: some })
    fc.assert(
      fc.property(line, random, (each, nth) => slotWaitMs(each, nth) <= 30_000 && slotWaitMs(each, nth) >= 2_500),
    )
  })
})
