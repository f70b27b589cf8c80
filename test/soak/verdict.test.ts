import { describe, expect, it } from 'vitest'
import { quantile } from './takeover.ts'
import { figuresOf, shortcomings } from './verdict.ts'

const demands = { takeoverP99Ms: 15_000, shares: { 'reply-lost': 0.1 }, blows: ['kill worker'] }
const nothing = { ...figuresOf([], { 'kill worker': 3 }, [900]), faults: { 'reply-lost': { count: 10, share: 0.1 } } }
const takeover = (ms: readonly number[]) => figuresOf([], {}, ms).takeover

describe('the verdict of a soak', () => {
  it('is content with a run in which everything happened and nobody waited long', () =>
    expect(shortcomings(nothing, demands)).toEqual([]))

  it.each([
    ['a blow that never fell', { blows: {} }, /never "kill worker"/],
    ['a fault that was too rare', { faults: { 'reply-lost': { count: 1, share: 0.02 } } }, /reply-lost was to be 10 %/],
    ['a death with empty hands', { takeover: takeover([]) }, /no process died with an entry/],
    ['an entry that was left alone', { takeover: takeover([900, Number.POSITIVE_INFINITY]) }, /liveness 2/],
  ])('is not content with %s', (_, changed, problem) =>
    expect(shortcomings({ ...nothing, ...changed }, demands)).toEqual([expect.stringMatching(problem)]),
  )

  it('measures the wait that 99 of 100 do not exceed', () => {
    const waits = Array.from({ length: 200 }, (_, index) => index + 1)
    expect([quantile(waits, 0.5), quantile(waits, 0.99), quantile([], 0.99)]).toEqual([100, 198, 0])
  })
})
