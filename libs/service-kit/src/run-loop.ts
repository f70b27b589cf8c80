import { type Rest, rest } from './rest.ts'

export type LoopFailed = { type: 'loop_failed'; name: string; failures: number; error: unknown }

export type LoopOptions = {
  /** Names the loop where a failure is observed. */
  name: string
  /** Does what there is to do at the moment, bounded; returns how much that was. */
  runOnce: (signal: AbortSignal) => Promise<number>
  /**
   * The rest after a round that did something, and the longest one while there is nothing to do. So long after something was done it does not
   * grow (`warm`; 0 if not given): where things come one by one, the next one is near. Where they come close upon each other (`hot`; 0 if not
   * given) it counts from the beginning of a round, so that they wait no longer while rounds take long.
   */
  idleMs: { first: number; max: number; warm?: number; hot?: number }
  signal: AbortSignal
  observe: (failed: LoopFailed) => void
  /** Where others can end its rest. */
  resting?: Rest
}

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 5_000

// Loops that rest long wake together: waking a process that sleeps costs more than most rounds, and finding it awake next to nothing.
const TOGETHER_MS = 100
const LONG_TOGETHER_MS = 500

/** Runs until `signal` aborts, and resolves when the round under way has ended. A failure never ends it. */
export async function runLoop(options: LoopOptions): Promise<void> {
  const { idleMs, signal, resting = { rest } } = options
  const { first, max, warm = 0, hot = 0 } = idleMs
  let restMs = first
  let failures = 0
  let didAtMs = Number.NEGATIVE_INFINITY
  const isIn = (ms: number) => performance.now() - didAtMs < ms
  while (!signal.aborted) {
    const paced = isIn(hot) ? rest(first, signal) : null
    try {
      const did = await options.runOnce(signal)
      if (did > 0) didAtMs = performance.now()
      restMs = did > 0 || isIn(warm) ? first : Math.min(max, Math.max(1, restMs * 2))
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      options.observe({ type: 'loop_failed', name: options.name, failures, error })
      restMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1))
    }
    if (paced !== null && restMs === first) await paced
    else await resting.rest(restMs < TOGETHER_MS ? restMs : untilOthers(restMs), signal)
  }
}

/** A little less than `restMs`: until the last moment within it at which others wake as well. */
function untilOthers(restMs: number): number {
  const nowMs = performance.now()
  const stepMs = restMs < LONG_TOGETHER_MS ? TOGETHER_MS : LONG_TOGETHER_MS
  return Math.max(1, Math.floor((nowMs + restMs) / stepMs) * stepMs - nowMs)
}
