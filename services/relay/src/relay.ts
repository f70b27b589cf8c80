import { setMaxListeners } from 'node:events'
import { byPriority, type Dispatch, refOf, type Topic } from '@readback/dispatch'
import { type Reached, runLoop } from '@readback/service-kit'
import type { Database, EntryRefRow } from '@readback/store'
import { captureOnce } from './capture.ts'
import { Healer } from './heal.ts'
import { runJobs } from './jobs.ts'
import { Leadership } from './leadership.ts'
import { createKeyLint } from './lint-keys.ts'
import { createReleaser } from './release.ts'
import { createRepublisher } from './republish.ts'
import { Wake } from './wake.ts'

export type RelayObservation =
  | { type: 'shards_led'; shards: readonly number[] }
  | { type: 'shards_lost'; shards: readonly number[] }
  | { type: 'cursor_rebuilt'; shards: readonly number[]; lineage: string }
  | { type: 'entries_captured'; count: number; lag_ms: number }
  | { type: 'entries_republished'; count: number }
  | { type: 'entries_released'; count: number }
  | { type: 'lost_marks_found'; count: number }
  | { type: 'unclaimed_healed'; count: number }
  | { type: 'books_checked'; unclaimed: number }
  | { type: 'leases_expired'; calls: number; looks: number }
  | {
      type: 'key_questionable'
      entry_id: string
      tenant: string
      effect: string
      key: string
      finding: string
      advice: string
      count: number
      warns: boolean
    }
  | {
      type: 'entry_settled'
      entry_id: string
      tenant: string
      effect: string
      key: string
      state: string
      commit_to_settled_ms: number
    }
  | { type: 'processes_lost'; count: number }
  | { type: 'keys_expired'; count: number }
  | { type: 'partitions_made'; count: number }
  | { type: 'partitions_dropped'; week: string }
  | { type: 'loop_failed'; name: string; error: unknown }

export type Publish = (topic: Topic, rows: readonly EntryRefRow[]) => Promise<void>

export type RelayDeps = {
  db: Database
  dispatch: Dispatch
  /** The id that leases are held under. */
  processId: () => string
  monotonicMs: () => number
  observe: (observation: RelayObservation) => void
  reached: Reached
}

export type RelayOptions = {
  source: string
  /** Relays in processes of the same role share the shards, or stand by for each other. */
  role: string
  /** The dispatch lives in this process: shards are shared out, and what a dead process had queued is looked for. */
  inProcess: boolean
  /** How long intents, attempts and receipts are kept; null: for ever. */
  retentionMs: number | null
}

export type Relay = { leads(): boolean; stop(): Promise<void> }

// With the poll below, a relay that was killed is followed by another within 2 s.
const LEASE_MS = 1_500
const RENEW_MS = 500
/** Whoever leads this one keeps the whole database in order: one relay of many is enough. */
const HOUSEKEEPING_SHARD = 0

/** Outbox → dispatch; publishes again what is due; finds what got lost. */
export function startRelay(deps: RelayDeps, options: RelayOptions): Relay {
  const stop = new AbortController()
  // Every loop rests on it; more than ten listeners are no leak here.
  setMaxListeners(0, stop.signal)
  const publish = publisher(deps.dispatch, options.source)
  const leadership = new Leadership(
    { ...deps, relay: deps.processId, onRefsLost: (walk) => healer.walk(walk) },
    { role: options.role, leaseMs: LEASE_MS, shared: options.inProcess, volatileDispatch: options.inProcess },
  )
  const wake = new Wake(deps.monotonicMs)
  const backlog = () => deps.dispatch.backlog('deliver')
  const parts = { ...deps, relay: deps.processId, leadership, wake, publish, backlog, lintKeys: createKeyLint(deps) }
  const healer = new Healer(parts)
  const releaser = createReleaser(parts)

  const loop = (name: string, idleMs: { first: number; max: number }, runOnce: () => Promise<number>) =>
    runLoop({ name, runOnce, idleMs, signal: stop.signal, observe: deps.observe })

  const running = Promise.all([
    loop('lead', { first: RENEW_MS, max: RENEW_MS }, () => leadership.renew()),
    loop('capture', { first: 1, max: 400 }, () => captureOnce(parts)),
    loop('republish', { first: 2, max: 500 }, createRepublisher(parts)),
    // A chain that goes on is looked at every few ms, however long its calls are; the database is not asked while nothing has ended.
    loop('release', { first: 5, max: 100 }, async () => (await releaser.releaseOnce()) || Number(releaser.isAwake())),
    loop('heal', { first: 1, max: 5_000 }, () => healer.runOnce()),
    runJobs({
      ...parts,
      retentionMs: options.retentionMs,
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

export function publisher(dispatch: Dispatch, source: string): Publish {
  return async (topic, rows) => {
    if (rows.length === 0) return
    await dispatch.publish(
      topic,
      // Behind what is urgent in the same page; further than that a topic keeps its order.
      byPriority(rows).map((row) => refOf(row, source)),
    )
  }
}
