import { onAbort } from '@readback/waiting'

export type Rest = {
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. 0 lets other work of this turn go first. */
  rest(ms: number, signal: AbortSignal): Promise<void>
  /** Ends the rest under way; without one, the next. */
  wake(): void
}

/** For one who rests, and others who know when there is a reason to go on. */
export function createRest(): Rest {
  let isWoken = false
  let end: (() => void) | null = null

  const untilWoken = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        forget()
        end = null
        resolve()
      }
      const timer = setTimeout(wake, ms)
      const forget = onAbort(signal, wake)
      end = wake
    })

  return {
    rest(ms, signal) {
      if (signal.aborted || isWoken) {
        isWoken = false
        return Promise.resolve()
      }
      // A timer of 0 takes 1 ms at least.
      return ms === 0 ? new Promise((resolve) => setImmediate(resolve)) : untilWoken(ms, signal)
    },
    wake() {
      if (end === null) isWoken = true
      else end()
    },
  }
}

/** Where nobody else knows. */
export const rest: Rest['rest'] = (ms, signal) => createRest().rest(ms, signal)
