import { type Database, dueEntries } from '@readback/store'
import type { Leadership } from './leadership.ts'
import type { RelayObservation } from './observation.ts'
import type { Publish } from './publish.ts'
import type { Wake } from './wake.ts'

export type RepublishDeps = {
  db: Database
  leadership: Pick<Leadership, 'shards'>
  wake: Pick<Wake, 'has' | 'done'>
  publish: Publish
  monotonicMs: () => number
  observe: (observation: RelayObservation) => void
}

export type RepublishOptions = {
  /** Enough for the workers to be busy; more would only wait elsewhere. */
  outstandingMax: number
}

const BATCH_ROWS = 500
// A due row that nobody has claimed after this long is published again: its reference may be lost.
const AGAIN_AFTER_MS = 5_000
// Where something was due a moment ago, something will be soon: whoever waits for a slot is asked about at the pace of calls.
const AWAKE_MS = 1_000
// Writers hand over directly what is due at once; see dueEntries.
const HAND_OVER_MS = 2_000

type Published = { entryId: string; fence: number; atMs: number }

/** Publishes what is due again: retries, granted waits, looks. What it published lately is remembered, nothing else. */
export function createRepublisher(
  deps: RepublishDeps,
  { outstandingMax }: RepublishOptions = { outstandingMax: 5_000 },
): () => Promise<number> {
  let recent: Published[] = []
  /** Where the last page ended; null: at the end, the next one starts with what is due the longest. */
  let after: { dueAt: string; entryId: string } | null = null
  let foundAtMs = Number.NEGATIVE_INFINITY

  return async function republishOnce() {
    const nowMs = deps.monotonicMs()
    const shards = deps.leadership.shards()
    const isAwake = nowMs - foundAtMs < AWAKE_MS || deps.wake.has('due')
    if (shards.length === 0 || !isAwake) return 0
    recent = recent.filter((each) => nowMs - each.atMs < AGAIN_AFTER_MS)
    const limit = Math.min(BATCH_ROWS, outstandingMax - recent.length)
    if (limit <= 0) return 0

    const due = await dueEntries(deps.db, { shards, limit, handOverMs: HAND_OVER_MS, recent, after })
    const last = due.length < limit ? undefined : due.at(-1)
    const wasWhole = after === null && last === undefined
    after = last ? { dueAt: last.due_at, entryId: last.entry_id } : null
    if (due.length === 0) {
      if (wasWhole) deps.wake.done('due')
      return 0
    }
    foundAtMs = nowMs
    await deps.publish(
      'deliver',
      due.filter((row) => row.topic === 'deliver'),
    )
    await deps.publish(
      'verify',
      due.filter((row) => row.topic === 'verify'),
    )
    recent.push(...due.map((row) => ({ entryId: row.entry_id, fence: row.fence, atMs: nowMs })))
    deps.observe({ type: 'entries_republished', count: due.length })
    return due.length
  }
}
