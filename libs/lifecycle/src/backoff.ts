export type RetryPolicy = {
  attemptsMax: number
  backoffFirstMs: number
  backoffCapMs: number
  /** Counted from the commit of the intent. */
  deadlineMs: number
}

/**
 * Full jitter: anywhere between nothing and the ceiling, so that what failed together does not come back together.
 *
 * @param attempt the attempt that failed, from 1
 * @param spread in [0, 1), drawn by the caller
 */
export function backoffMs(policy: RetryPolicy, attempt: number, spread: number): number {
  const ceilingMs = Math.min(policy.backoffCapMs, policy.backoffFirstMs * 2 ** (attempt - 1))
  return Math.round(ceilingMs * spread)
}
