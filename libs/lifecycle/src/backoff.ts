export type RetryPolicy = {
  attemptsMax: number
  backoffFirstMs: number
  backoffCapMs: number
  /** Counted from the commit of the intent. */
  deadlineMs: number
}

// More than any cap allows, and still a number: without it, nothing doubled a thousand times is not one.
const DOUBLINGS_MAX = 64

/**
 * Full jitter: anywhere between nothing and the ceiling, so that what failed together does not come back together.
 *
 * @param attempt the attempt that failed, from 1
 * @param spread in [0, 1), drawn by the caller
 */
export function backoffMs(policy: RetryPolicy, attempt: number, spread: number): number {
  const ceilingMs = Math.min(policy.backoffCapMs, policy.backoffFirstMs * 2 ** Math.min(attempt - 1, DOUBLINGS_MAX))
  return Math.round(ceilingMs * spread)
}
