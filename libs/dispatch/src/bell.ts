import { onAbort } from '@readback/waiting'

/** Wakes whoever waits for a change. What has changed, each looks up itself. */
export type Bell = {
  ring(): void
  /** Resolves at the next ring, or when `signal` aborts. */
  wait(signal?: AbortSignal): Promise<void>
}

export function createBell(): Bell {
  let waiting = new Set<() => void>()
  return {
    ring() {
      if (waiting.size === 0) return
      const woken = waiting
      waiting = new Set()
      for (const wake of woken) wake()
    },
    wait: (signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const wake = () => {
          waiting.delete(wake)
          forget?.()
          resolve()
        }
        waiting.add(wake)
        const forget = signal && onAbort(signal, wake)
      }),
  }
}
