import { rest } from './rest.ts'

export type LoopFailed = { type: 'loop_failed'; name: string; failures: number; error: unknown }

export type LoopOptions = {
  /** Names the loop where a failure is observed. */
  name: string
  /** Does what there is to do at the moment, bounded; returns how much that was. */
  runOnce: (signal: AbortSignal) => Promise<number>
  /** The rest after a round that did something, and the longest one while there is nothing to do. */
  idleMs: { first: number; max: number }
  signal: AbortSignal
  observe: (failed: LoopFailed) => void
}

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 5_000

/** Runs until `signal` aborts, and resolves when the round under way has ended. A failure never ends it. */
export async function runLoop(options: LoopOptions): Promise<void> {
  const { idleMs, signal } = options
  let restMs = idleMs.first
  let failures = 0
  while (!signal.aborted) {
    try {
      const did = await options.runOnce(signal)
      restMs = did > 0 ? idleMs.first : Math.min(idleMs.max, Math.max(1, restMs * 2))
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      options.observe({ type: 'loop_failed', name: options.name, failures, error })
      restMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1))
    }
    await rest(restMs, signal)
  }
}
