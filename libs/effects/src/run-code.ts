import { performance } from 'node:perf_hooks'
import type { Ending } from '@readback/contract'
import { onAbort } from '@readback/waiting'

/** The time that code has. When it is over the signal aborts, and nobody listens to the code any more. */
export type CodeTime = {
  readonly signal: AbortSignal
  readonly leftMs: () => number
  /** Resolves when the time is up, or the caller stops it. */
  readonly over: Promise<Ending>
  readonly end: () => void
}

export function startTime(timeoutMs: number, stop: AbortSignal): CodeTime {
  const ended = new AbortController()
  const endsAt = performance.now() + timeoutMs
  const { promise: over, resolve } = withResolvers()
  const timer = setTimeout(() => resolve({ kind: 'left', code: 'deadline' }), timeoutMs)
  const stopped = () => resolve({ kind: 'left', code: 'aborted' })
  const forget = onAbort(stop, stopped)
  if (stop.aborted) stopped()
  const end = () => {
    clearTimeout(timer)
    forget()
    ended.abort()
  }
  return { signal: ended.signal, leftMs: () => endsAt - performance.now(), over, end }
}

/** Node 20 has no Promise.withResolvers. */
function withResolvers(): { promise: Promise<Ending>; resolve: (ending: Ending) => void } {
  let resolve: (ending: Ending) => void = () => {}
  const promise = new Promise<Ending>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

/** Never rejects, and never takes longer than its time. What holds the thread, though, cannot be stopped by anybody. */
export async function runCode(code: () => unknown, time: CodeTime): Promise<Ending> {
  const ending = await Promise.race([time.over, finished(code)])
  time.end()
  return ending
}

/** Begun in here, so that what it throws at once is caught as well. */
async function finished(code: () => unknown): Promise<Ending> {
  try {
    return { kind: 'returned', value: await code() }
  } catch (error) {
    return { kind: 'threw', error }
  }
}
