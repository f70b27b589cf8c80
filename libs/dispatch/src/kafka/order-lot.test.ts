import { describe, expect, it } from 'vitest'
import { numberOf, refs } from '../testing/refs.ts'
import { orderLot } from './order-lot.ts'

const fetched = (...priorities: number[]) =>
  refs(0, priorities.length).map((ref, place) => ({ ...ref, priority: priorities[place] ?? 0 }))

describe('what one fetch brought', () => {
  it('is taken as it came while nothing in it is urgent', () => {
    const lot = refs(0, 3)
    const { refs: ordered, prefix } = orderLot(lot)
    expect(ordered).toBe(lot)
    expect([1, 2, 3].map(prefix)).toEqual([1, 2, 3])
  })

  it('is taken by its priority, and as it came within one', () => {
    const { refs: ordered } = orderLot(fetched(0, 5, 0, 9, 5))
    expect(ordered.map(({ entryId }) => numberOf(entryId))).toEqual([3, 1, 4, 0, 2])
  })

  it('is committed only as far as all from its beginning was taken: what is taken twice is harmless, what is lost is not', () => {
    const { prefix } = orderLot(fetched(0, 5, 0, 9, 5))
    expect([1, 2, 3, 4, 5].map(prefix)).toEqual([0, 0, 0, 2, 5])
  })
})
