import { onAbort } from '@readback/waiting'

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

type Waiter = { isEnough: () => boolean; wake: () => void }

/** How many calls may be under way at a time; whoever takes more than there is room for has a defect. */
export function createSlots(max: number): Slots {
  const batchMin = Math.ceil(max / 4)
  const waiters = new Set<Waiter>()
  let taken = 0
  const free = () => max - taken

  /** Until there is enough, or `signal` aborts, or `ms` have passed. */
  const until = (isEnough: () => boolean, signal?: AbortSignal, ms?: number) =>
    new Promise<void>((resolve) => {
      if (isEnough() || signal?.aborted) return resolve()
      const wake = () => {
        clearTimeout(timer)
        forget?.()
        waiters.delete(waiter)
        resolve()
      }
      const waiter = { isEnough, wake }
      const timer = ms === undefined ? undefined : setTimeout(wake, ms)
      const forget = signal && onAbort(signal, wake)
      waiters.add(waiter)
    })

  return {
    free,
    async room(signal) {
      await until(() => free() >= batchMin, signal, GATHER_MS)
      await until(() => free() > 0, signal)
      signal.throwIfAborted()
      return free()
    },
    take(count) {
      if (taken + count > max)
        throw new RangeError(`${count} slots were taken where ${max - taken} of ${max} were free.`)
      taken += count
    },
    release(count) {
      if (count > taken) throw new RangeError(`${count} slots were released where ${taken} were taken.`)
      taken -= count
      for (const { isEnough, wake } of waiters) if (isEnough()) wake()
    },
    idle: () => until(() => taken === 0),
  }
}
