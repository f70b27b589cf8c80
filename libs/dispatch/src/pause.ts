import { onAbort } from '@readback/waiting'

/** Resolves after `ms`, or at once when `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const wake = () => {
      clearTimeout(timer)
      forget?.()
      resolve()
    }
    const timer = setTimeout(wake, ms)
    const forget = signal && onAbort(signal, wake)
  })
}
