import { describe, expect, it } from 'vitest'
import { latency } from './latency.mjs'

const times = (numbers: number[]) => new Map(numbers.map((ms, nth) => [`key-${nth}`, ms]))

describe('a latency', () => {
  it('is told by its median and the worst of a hundred', () => {
    const from = times(Array.from({ length: 100 }, (_, nth) => nth * 10))
    const to = times(Array.from({ length: 100 }, (_, nth) => nth * 10 + nth + 1))
    expect(latency(from, to)).toEqual({ p50Ms: 50, p99Ms: 99 })
  })

  it('is nothing where the end was seen before the beginning was heard of', () => {
    expect(latency(times([10]), times([9]))).toEqual({ p50Ms: 0, p99Ms: 0 })
  })

  it('leaves nobody out who has not come', () => {
    expect(() => latency(times([1, 2, 3]), times([2, 3]))).toThrow('1 of 3 have not come, such as key-2')
    expect(latency(times([1]), times([2, 3]))).toEqual({ p50Ms: 1, p99Ms: 1 })
  })
})
