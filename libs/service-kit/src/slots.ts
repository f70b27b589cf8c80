export type Slots = {
  free(): number
  /**
   * Resolves with the number of free slots: at once if there are plenty, otherwise as soon as a quarter of them is free
   * or a few milliseconds have passed, so that finished calls are refilled by a batch and not one by one. Rejects only
   * when `signal` aborts.
   */
  room(signal: AbortSignal): Promise<number>
  take(count: number): void
  release(count: number): void
  /** Resolves when no slot is taken. */
  idle(): Promise<void>
}

const GATHER_MS = 10

/** How many calls may be under way at a time; whoever takes more than there is room for has a defect. */
export function createSlots(max: number): Slots {
  const batchMin = Math.ceil(max / 4)
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

  const gather = async (signal: AbortSignal) => {
    const enough = new AbortController()
    const stop = AbortSignal.any([signal, enough.signal])
    const timer = setTimeout(() => enough.abort(), GATHER_MS)
    while (max - taken < batchMin && !stop.aborted) await changed(stop)
    clearTimeout(timer)
  }

  return {
    free: () => max - taken,
    async room(signal) {
      if (max - taken < batchMin) await gather(signal)
      while (taken >= max && !signal.aborted) await changed(signal)
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
