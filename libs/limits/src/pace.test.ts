import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aheadMs, LINE_MAX_MS, lateMsMax, lineWaitMs, type Rate, spacingMs, waitMs } from './pace.ts'

const rates: fc.Arbitrary<Rate> = fc.record({
  count: fc.integer({ min: 1, max: 10_000 }),
  windowMs: fc.integer({ min: 1, max: 86_400_000 }),
})

describe('the pace of a rate limit', () => {
  it('never lets more calls start in any window than the limit, however late each may be', () => {
    // The call after `count` others, on its turn, and the first of them as late as it may be: still a window apart.
    fc.assert(fc.property(rates, (rate) => rate.count * spacingMs(rate) - lateMsMax(rate) >= rate.windowMs))
  })

  it('uses up nearly all of the limit', () => {
    fc.assert(fc.property(rates, (rate) => rate.windowMs / spacingMs(rate) > rate.count * 0.95))
  })

  it('has each one wait a turn longer than the one before', () => {
    const rate = { count: 20, windowMs: 60_000 }
    expect([0, 1, 2].map((turn) => waitMs(rate, 100, turn))).toEqual([100, 3_250, 6_400])
  })

  it('of two rates never hands out turns so far apart that a call is too late for one of them', () => {
    const both = fc.tuple(rates, rates)
    fc.assert(fc.property(both, (two) => two.every((rate) => aheadMs(two) <= lateMsMax(rate))))
    expect(aheadMs([{ count: 1, windowMs: 1_000 }])).toBe(250)
  })

  it('has who stands in line ask a little before his turn, and who finds no room there before the line has passed', () => {
    expect(lineWaitMs(1_000, 250, 0)).toBe(875)
    expect(lineWaitMs(10, 250, 0)).toBe(0)
    expect([0, 1].map((random) => lineWaitMs(LINE_MAX_MS + 1, 250, random))).toEqual([LINE_MAX_MS / 2, LINE_MAX_MS])
  })
})
