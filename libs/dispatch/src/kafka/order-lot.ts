import type { EntryRef } from '../dispatch.ts'
import { byPriority } from '../priority.ts'

/** What one fetch brought, in the order in which it is taken. */
export type OrderedLot = {
  refs: readonly EntryRef[]
  /** How many from the beginning of the fetch are among the first `count` that were taken: so far its offset may be committed. */
  prefix(count: number): number
}

/** Puts what is urgent first. A topic keeps its order, so what was not fetched yet is behind all of it, however urgent. */
export function orderLot(fetched: readonly EntryRef[]): OrderedLot {
  const refs = byPriority(fetched)
  if (refs === fetched) return { refs, prefix: (count) => count }
  const placeOf = new Map(fetched.map((ref, place) => [ref, place]))
  const taken = new Set<number>()
  let seen = 0
  let whole = 0
  return {
    refs,
    prefix(count) {
      for (; seen < count; seen += 1) {
        const ref = refs[seen]
        if (ref) taken.add(placeOf.get(ref) ?? -1)
      }
      while (taken.delete(whole)) whole += 1
      return whole
    },
  }
}
