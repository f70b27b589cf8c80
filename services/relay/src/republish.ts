import { type Database, dueEntries } from '@readback/store'
import type { Leadership } from './leadership.ts'
import type { Publish, RelayObservation } from './relay.ts'

export type RepublishDeps = {
  db: Database
  leadership: Leadership
  publish: Publish
  monotonicMs: () => number
  observe: (observation: RelayObservation) => void
}

const BATCH_ROWS = 500
// A due row that nobody has claimed after this long is published again: its reference may be lost.
const AGAIN_AFTER_MS = 5_000
// Enough for the workers to be busy; more would only wait elsewhere.
const OUTSTANDING_MAX = 5_000
// Writers hand over directly what is due at once; see dueEntries.
const HAND_OVER_MS = 2_000

type Published = { entryId: string; fence: number; atMs: number }

/** Publishes what is due again: retries, granted waits, looks. What it published lately is remembered, nothing else. */
export function createRepublisher(deps: RepublishDeps): () => Promise<number> {
  let recent: Published[] = []

  return async function republishOnce() {
    const nowMs = deps.monotonicMs()
    recent = recent.filter((each) => nowMs - each.atMs < AGAIN_AFTER_MS)
    const limit = Math.min(BATCH_ROWS, OUTSTANDING_MAX - recent.length)
    const shards = deps.leadership.shards()
    if (limit <= 0 || shards.length === 0) return 0

    const due = await dueEntries(deps.db, { shards, limit, handOverMs: HAND_OVER_MS, recent })
    if (due.length === 0) return 0
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
