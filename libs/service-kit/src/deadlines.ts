export type Deadlines = {
  /** Aborts at `untilMs`, or up to `DEADLINE_STEP_MS` earlier; monotonic, in milliseconds. */
  signal(untilMs: number): AbortSignal
}

/** What ends within the same step ends together. */
export const DEADLINE_STEP_MS = 100

/**
 * Signals for thousands of short pieces of work a second whose time ends at about the same time: one timer and one signal a
 * step, not one each, which would cost more than the work's own bookkeeping.
 */
export function createDeadlines(monotonicMs: () => number): Deadlines {
  const steps = new Map<number, AbortSignal>()

  const open = (step: number) => {
    const controller = new AbortController()
    const end = () => {
      steps.delete(step)
      controller.abort()
    }
    const inMs = step * DEADLINE_STEP_MS - monotonicMs()
    if (inMs <= 0) controller.abort()
    else {
      steps.set(step, controller.signal)
      setTimeout(end, inMs).unref()
    }
    return controller.signal
  }

  return {
    signal(untilMs) {
      const step = Math.floor(untilMs / DEADLINE_STEP_MS)
      return steps.get(step) ?? open(step)
    },
  }
}
