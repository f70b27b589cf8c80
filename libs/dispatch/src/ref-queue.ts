import { createBell } from './bell.ts'
import type { EntryRef } from './dispatch.ts'
import type { Source } from './hand-over.ts'

export type RefQueue = Source & {
  /** Waits while the queue is full. False if it was closed meanwhile: nothing was taken. */
  push(refs: readonly EntryRef[]): Promise<boolean>
  /** How many wait or are being accepted. */
  size(): number
  close(): void
}

/** One array and an index of its oldest reference: a reference costs one push and one slot of a slice. */
export function createRefQueue(capacity: number): RefQueue {
  let refs: EntryRef[] = []
  let oldest = 0
  let inUse = false
  let closed = false
  const arrived = createBell()
  const left = createBell()

  const size = () => refs.length - oldest
  const forget = (count: number) => {
    oldest += count
    // Moves the rest at most once for each reference forgotten.
    if (oldest * 2 >= refs.length) {
      refs = refs.slice(oldest)
      oldest = 0
    }
  }

  return {
    size,
    async push(added) {
      while (size() >= capacity && !closed) await left.wait()
      if (closed) return false
      for (const ref of added) refs.push(ref)
      arrived.ring()
      return true
    },
    async filled(signal) {
      while ((inUse || size() === 0) && !signal.aborted) await arrived.wait(signal)
    },
    async next(limit, use) {
      if (inUse || size() === 0) return
      const slice = refs.slice(oldest, oldest + limit)
      inUse = true
      try {
        await use(slice)
        forget(slice.length)
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
