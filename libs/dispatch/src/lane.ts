import type { EntryRef } from './dispatch.ts'

/** References of one priority, in the order in which they came. */
export type Lane = {
  size(): number
  push(ref: EntryRef, sinceMs: number): void
  /** The one behind so many others, and since when it waits. */
  refAt(place: number): EntryRef | undefined
  sinceAt(place: number): number | undefined
  slice(count: number): EntryRef[]
  /** The oldest ones. */
  forget(count: number): void
}

/** Two arrays and an index of their oldest: a reference costs two pushes and one slot of a slice. */
export function createLane(): Lane {
  let refs: EntryRef[] = []
  let sinces: number[] = []
  let oldest = 0
  return {
    size: () => refs.length - oldest,
    push(ref, sinceMs) {
      refs.push(ref)
      sinces.push(sinceMs)
    },
    refAt: (place) => refs[oldest + place],
    sinceAt: (place) => sinces[oldest + place],
    slice: (count) => refs.slice(oldest, oldest + count),
    forget(count) {
      oldest += count
      // Moves the rest at most once for each reference forgotten.
      if (oldest * 2 < refs.length) return
      refs = refs.slice(oldest)
      sinces = sinces.slice(oldest)
      oldest = 0
    },
  }
}
