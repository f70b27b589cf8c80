import type { Reached } from '@readback/service-kit'
import { advanceCursor, type CapturedRow, captureDifference, captureMore, type Database } from '@readback/store'
import type { Leadership, ShardGroup } from './leadership.ts'
import type { RelayObservation } from './observation.ts'
import type { Publish } from './publish.ts'
import type { Wake } from './wake.ts'

export type CaptureDeps = {
  db: Database
  relay: () => string
  leadership: Leadership
  wake: Wake
  publish: Publish
  observe: (observation: RelayObservation) => void
  reached: Reached
  /** Looks at the keys of what was published. */
  lintKeys: (rows: readonly CapturedRow[]) => void
}

const PAGE_ROWS = 1_000

/** Publishes what was committed since the last time, and moves the cursor. Returns how many. */
export async function captureOnce(deps: CaptureDeps): Promise<number> {
  let count = 0
  const askWoken = deps.wake.isToBeAsked()
  for (const group of deps.leadership.groups()) count += await captureGroup(deps, group, askWoken)
  return count
}

async function captureGroup(deps: CaptureDeps, group: ShardGroup, askWoken: boolean): Promise<number> {
  const request = { since: group.read, shards: group.shards, limit: PAGE_ROWS, askWoken }
  const difference = await captureDifference(deps.db, request)
  if (difference.woken) deps.wake.answered(difference.woken)
  if (nextXid(difference.snapshot) < nextXid(group.read)) {
    await deps.leadership.restart(group.shards)
    return 0
  }
  if (difference.rows.length === 0) {
    deps.leadership.readTo(group.shards, difference.snapshot)
    return 0
  }
  deps.leadership.found(group.shards)
  deps.reached('captured')
  const count = await publishPages(deps, group, difference)
  deps.reached('published')
  await moveCursor(deps, group, difference.snapshot)
  deps.reached('cursor_moved')
  return count
}

async function publishPages(
  deps: CaptureDeps,
  group: ShardGroup,
  difference: { snapshot: string; rows: readonly CapturedRow[]; more: boolean },
): Promise<number> {
  let count = 0
  let page = difference.rows
  while (page.length > 0) {
    await deps.publish('deliver', page)
    deps.observe({
      type: 'entries_captured',
      count: page.length,
      lag_ms: Math.max(...page.slice(0, PAGE_ROWS).map((row) => row.age_ms)),
    })
    deps.lintKeys(page)
    count += page.length
    const after = page.at(-1)?.position
    if (!difference.more || after === undefined) break
    page = await captureMore(deps.db, {
      since: group.read,
      until: difference.snapshot,
      shards: group.shards,
      after,
      limit: PAGE_ROWS,
    })
  }
  return count
}

async function moveCursor(deps: CaptureDeps, group: ShardGroup, to: string): Promise<void> {
  const moved = await advanceCursor(deps.db, { relay: deps.relay(), shards: group.shards, from: group.stored, to })
  if (moved) deps.leadership.movedTo(group.shards, to)
  else deps.leadership.lost(group.shards)
}

/** The first xid that was not yet given out: it never goes back on one server. */
const nextXid = (snapshot: string): bigint => BigInt(snapshot.split(':')[1] ?? 0)
