import { onAbort } from '@readback/waiting'

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. 0 lets other work of this turn go first. */
export function rest(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  // A timer of 0 takes 1 ms at least.
  if (ms === 0) return new Promise((resolve) => setImmediate(resolve))
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer)
      forget()
      resolve()
    }
    const timer = setTimeout(wake, ms)
    const forget = onAbort(signal, wake)
  })
}
