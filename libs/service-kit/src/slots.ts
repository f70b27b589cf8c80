export type Slots = {
  free(): number
  /**
   * Resolves with the number of free slots once there are any. Slots that become free in the same turn of the event
   * loop count together, so that a burst of finished calls is refilled by one batch. Rejects only when `signal` aborts.
   */
  room(signal: AbortSignal): Promise<number>
  take(count: number): void
  release(count: number): void
  /** Resolves when no slot is taken. */
  idle(): Promise<void>
}

/** How many calls may be under way at a time; whoever takes more than there is room for has a defect. */
export function createSlots(max: number): Slots {
  let taken = 0
  let waiting: (() => void)[] = []
  const wake = () => {
    const woken = waiting
    waiting = []
    for (const resolve of woken) resolve()
  }
  const changed = (signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const done = () => {
        signal?.removeEventListener('abort', done)
        resolve()
      }
      waiting.push(done)
      signal?.addEventListener('abort', done)
    })

  return {
    free: () => max - taken,
    async room(signal) {
      while (taken >= max && !signal.aborted) {
        await changed(signal)
        await new Promise(setImmediate)
      }
      signal.throwIfAborted()
      return max - taken
    },
    take(count) {
      if (taken + count > max)
        throw new RangeError(`${count} slots were taken where ${max - taken} of ${max} were free.`)
      taken += count
    },
    release(count) {
      if (count > taken) throw new RangeError(`${count} slots were released where ${taken} were taken.`)
      taken -= count
      wake()
    },
    async idle() {
      while (taken > 0) await changed()
    },
  }
}
