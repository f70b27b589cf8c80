import { rest } from './rest.ts'

export type Running = {
  /** Takes nothing new, finishes what is under way. */
  stop(): Promise<void>
  /** Rejects when it can no longer do its work. */
  failed?: Promise<never>
}

export type RunOptions = {
  start: (stopping: AbortSignal) => Promise<Running>
  /** How long `stop` may take. */
  graceMs: number
  signals: SignalSource
}

/** `process`, or a stand-in for it. */
export type SignalSource = {
  on(name: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
  off(name: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
}

/** `stopped`: all that was under way has ended. Otherwise whoever called should exit without waiting for the rest. */
export type Ending = 'stopped' | 'grace_over' | 'forced'

/** Starts, waits for SIGTERM or SIGINT, stops. A second signal forces the end, also of a start that hangs. */
export async function runUntilStopped({ start, graceMs, signals }: RunOptions): Promise<Ending> {
  const stopping = new AbortController()
  const forced = new AbortController()
  const onSignal = () => (stopping.signal.aborted ? forced : stopping).abort()
  signals.on('SIGTERM', onSignal)
  signals.on('SIGINT', onSignal)
  try {
    return await Promise.race([
      runAndStop(start, stopping.signal, graceMs),
      aborted(forced.signal).then(() => 'forced' as const),
    ])
  } finally {
    signals.off('SIGTERM', onSignal)
    signals.off('SIGINT', onSignal)
  }
}

async function runAndStop(start: RunOptions['start'], stopping: AbortSignal, graceMs: number): Promise<Ending> {
  const running = await start(stopping)
  const stopSignal = aborted(stopping)
  try {
    await (running.failed ? Promise.race([stopSignal, running.failed]) : stopSignal)
  } catch (error) {
    await withinGrace(running, graceMs)
    throw error
  }
  return withinGrace(running, graceMs)
}

async function withinGrace(running: Running, graceMs: number): Promise<Ending> {
  const stopped = new AbortController()
  const stop = running.stop().then(() => 'stopped' as const)
  try {
    return await Promise.race([stop, rest(graceMs, stopped.signal).then(() => 'grace_over' as const)])
  } finally {
    stopped.abort()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
