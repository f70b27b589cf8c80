import type { EntryRef } from './dispatch.ts'
import type { Lane } from './lane.ts'

/**
 * What a step of priority is worth in waiting: whoever has waited this much longer goes before who is one step above. So nothing waits
 * for ever behind what is urgent, however much of that comes: what has priority 0 is behind a stream of 9 for four and a half minutes.
 */
export const PRIORITY_STEP_MS = 30_000
export const PRIORITY_MAX = 9

export const priorityOf = ({ priority = 0 }: Pick<EntryRef, 'priority'>): number => priority

/** Of what has waited in lanes of rising priority, who goes next: so many of each lane, in `refs` in the order of their turn. */
export function nextOf(lanes: readonly Lane[], limit: number): { refs: EntryRef[]; counts: number[] } {
  const counts = lanes.map(() => 0)
  const refs: EntryRef[] = []
  while (refs.length < limit) {
    const first = firstLane(lanes, counts)
    const ref = lanes[first]?.refAt(counts[first] ?? 0)
    if (ref === undefined) break
    refs.push(ref)
    counts[first] = (counts[first] ?? 0) + 1
  }
  return { refs, counts }
}

/** -1: all are empty. Of two that are equal the higher one goes first. */
function firstLane(lanes: readonly Lane[], counts: readonly number[]): number {
  let first = -1
  let firstMs = Number.POSITIVE_INFINITY
  for (let priority = lanes.length - 1; priority >= 0; priority -= 1) {
    const sinceMs = lanes[priority]?.sinceAt(counts[priority] ?? 0)
    if (sinceMs === undefined || sinceMs - priority * PRIORITY_STEP_MS >= firstMs) continue
    first = priority
    firstMs = sinceMs - priority * PRIORITY_STEP_MS
  }
  return first
}

/** The most urgent first, else as they came. The same array where none is. */
export function byPriority<T extends { priority?: number | undefined }>(all: readonly T[]): readonly T[] {
  if (!all.some(({ priority = 0 }) => priority > 0)) return all
  return [...all].sort((one, other) => (other.priority ?? 0) - (one.priority ?? 0))
}
