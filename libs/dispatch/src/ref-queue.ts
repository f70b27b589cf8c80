import { createBell } from './bell.ts'
import type { EntryRef } from './dispatch.ts'
import type { Source } from './hand-over.ts'
import { createLane, type Lane } from './lane.ts'
import { nextOf, PRIORITY_MAX, priorityOf } from './priority.ts'

export type RefQueue = Source & {
  /** Waits while the queue is full. False if it was closed meanwhile: nothing was taken. */
  push(refs: readonly EntryRef[]): Promise<boolean>
  /** How many wait or are being accepted. */
  size(): number
  close(): void
}

/** What came first goes first, but for what is urgent. While nothing is, only the first of the lanes is looked at. */
export function createRefQueue(capacity: number, monotonicMs: () => number = () => performance.now()): RefQueue {
  const usual = createLane()
  const urgent: Lane[] = Array.from({ length: PRIORITY_MAX }, createLane)
  const lanes = [usual, ...urgent]
  let urgentSize = 0
  let inUse = false
  let closed = false
  const arrived = createBell()
  const left = createBell()

  const size = () => usual.size() + urgentSize
  const add = (ref: EntryRef, nowMs: number) => {
    const priority = priorityOf(ref)
    if (priority > 0) urgentSize += 1
    lanes[priority]?.push(ref, nowMs)
  }
  const next = (limit: number) => (urgentSize === 0 ? { refs: usual.slice(limit), counts: null } : nextOf(lanes, limit))
  const forget = (refs: readonly EntryRef[], counts: readonly number[] | null) => {
    if (counts === null) return usual.forget(refs.length)
    for (const [priority, lane] of lanes.entries()) lane.forget(counts[priority] ?? 0)
    urgentSize -= refs.length - (counts[0] ?? 0)
  }

  return {
    size,
    async push(added) {
      while (size() >= capacity && !closed) await left.wait()
      if (closed) return false
      const nowMs = monotonicMs()
      for (const ref of added) add(ref, nowMs)
      arrived.ring()
      return true
    },
    async filled(signal) {
      while ((inUse || size() === 0) && !signal.aborted) await arrived.wait(signal)
    },
    async next(limit, use) {
      if (inUse || size() === 0) return
      const { refs, counts } = next(limit)
      inUse = true
      try {
        await use(refs)
        forget(refs, counts)
        left.ring()
      } finally {
        inUse = false
        arrived.ring()
      }
    },
    close() {
      closed = true
      left.ring()
    },
  }
}
