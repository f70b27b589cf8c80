/**
 * Runs `work` under a signal that aborts after `ms`. The timer ends with the work: AbortSignal.timeout keeps one for the
 * whole time, and thousands of short pieces of work a second would leave that many behind for as long as a lease.
 */
export async function withDeadline<Result>(
  ms: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), Math.max(0, ms))
  try {
    return await work(deadline.signal)
  } finally {
    clearTimeout(timer)
  }
}
