import { createRest, type LoopOptions, type Rest, runLoop } from '@readback/service-kit'
import { runJobs } from './jobs.ts'
import { createKeyLint } from './lint-keys.ts'
import { createParts, type RelayDeps, type RelayOptions } from './parts.ts'

export type Relay = { leads(): boolean; stop(): Promise<void> }

const RENEW_MS = 500
/** A relay that is told to stop may take as long. */
const WAIT_MS = 50
/** Whoever leads this one keeps the whole database in order: one relay of many is enough. */
const HOUSEKEEPING_SHARD = 0

/** Outbox → dispatch; publishes again what is due; finds what got lost. */
export function startRelay(deps: RelayDeps, options: RelayOptions): Relay {
  const stop = new AbortController()
  const [untilCaughtUp, untilDue, untilEnded, untilLost] = [createRest(), createRest(), createRest(), createRest()]
  const own = { lintKeys: createKeyLint(deps), waitMs: WAIT_MS, onCaughtUp: untilCaughtUp.wake, onWalk: untilLost.wake }
  const parts = createParts(deps, options, own)
  const { leadership, healer, releaser, wake } = parts
  wake.onWoken('due', untilDue.wake)
  wake.onWoken('ended', untilEnded.wake)

  const loop = (name: string, idleMs: LoopOptions['idleMs'], runOnce: () => Promise<number>, resting?: Rest) =>
    runLoop({ name, runOnce, idleMs, signal: stop.signal, observe: deps.observe, ...(resting && { resting }) })

  const running = Promise.all([
    loop('lead', { first: RENEW_MS, max: RENEW_MS }, () => leadership.renew()),
    // While some 20 intents a second are committed, the next one is waited for in the database; while more are, it is asked for a millisecond
    // after the last answer; while some hundred are, every millisecond.
    loop('capture', { first: 1, max: 500, warm: 50, hot: 10 }, parts.capture),
    // Beside the captures, and not with each of them: whoever comes after a crash publishes the last moment once more, which claiming makes
    // harmless. Of a backlog that is much, so its end is written down at once.
    loop('write down', { first: 100, max: 500 }, parts.writeDown, untilCaughtUp),
    // What becomes due one by one, as those do that wait for a turn, is taken up by a few at a time.
    loop('republish', { first: 10, max: 500 }, parts.republish, untilDue),
    // A chain that goes on is looked at every few ms, however long its calls are; the database is not asked while nothing has ended.
    loop(
      'release',
      { first: 5, max: 500 },
      async () => (await releaser.releaseOnce()) || Number(releaser.isAwake()),
      untilEnded,
    ),
    // A sweep every few seconds; what is known to be lost is looked for at once.
    loop('heal', { first: 1, max: 5_000 }, () => healer.runOnce(), untilLost),
    runJobs({
      ...parts.jobDeps,
      leads: () => leadership.shards().includes(HOUSEKEEPING_SHARD),
      signal: stop.signal,
    }),
  ])

  return {
    leads: () => leadership.shards().length > 0,
    async stop() {
      stop.abort()
      await running
      await leadership.release()
    },
  }
}
