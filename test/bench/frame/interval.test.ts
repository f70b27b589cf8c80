import { describe, expect, it } from 'vitest'
import { interval, median, quantile } from './interval.mjs'

describe('an interval', () => {
  it('holds the median, is the same each time, and is nothing but the number where all are equal', () => {
    const noisy = [0.5, 0.52, 0.47, 0.9, 0.51, 0.49, 0.5]
    const { low, high, ...middle } = interval(noisy)
    expect(middle).toEqual({ median: 0.5 })
    expect(low).toBeLessThanOrEqual(0.5)
    expect(high).toBeGreaterThanOrEqual(0.5)
    // One wild round of seven moves the mean by a tenth, and the median not at all.
    expect(high).toBeLessThanOrEqual(0.9)
    expect(interval(noisy)).toEqual(interval(noisy))
    expect(interval([3, 3, 3])).toEqual({ median: 3, low: 3, high: 3 })
  })

  it('is narrower the more rounds there are', () => {
    const width = (rounds: number) => {
      const { low, high } = interval(Array.from({ length: rounds }, (_, nth) => 1 + ((nth * 37) % 11) / 10))
      return high - low
    }
    expect(width(40)).toBeLessThan(width(6))
  })

  it('knows the middle of an even number of rounds, and the worst of a hundred', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
    const hundred = Array.from({ length: 100 }, (_, nth) => nth + 1)
    expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile(hundred, 1)]).toEqual([50, 99, 100])
  })
})
