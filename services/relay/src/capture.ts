import type { Reached } from '@readback/service-kit'
import { type CapturedRow, captureDifference, captureMore, type Database } from '@readback/store'
import type { Leadership, ShardGroup } from './leadership.ts'
import type { RelayObservation } from './observation.ts'
import type { Publish } from './publish.ts'
import type { Wake } from './wake.ts'

export type CaptureDeps = {
  db: Database
  leadership: Leadership
  wake: Wake
  publish: Publish
  observe: (observation: RelayObservation) => void
  reached: Reached
  /** Looks at the keys of what was published. */
  lintKeys: (rows: readonly CapturedRow[]) => void
  monotonicMs: () => number
  /** Between two movements of the cursor in the database. */
  writeDownEveryMs: number
}

const PAGE_ROWS = 1_000

/** Each call publishes what was committed since the last one, and returns how many that were. */
export function createCapture(deps: CaptureDeps): () => Promise<number> {
  let writtenDownAtMs = Number.NEGATIVE_INFINITY

  /** Not with each capture: whoever comes after a crash publishes the last moment once more, which claiming makes harmless. */
  async function writeDown() {
    if (deps.monotonicMs() - writtenDownAtMs < deps.writeDownEveryMs) return
    if ((await deps.leadership.writeDown()) === 0) return
    writtenDownAtMs = deps.monotonicMs()
    deps.reached('cursor_moved')
  }

  return async () => {
    let count = 0
    const askWoken = deps.wake.isToBeAsked()
    for (const group of deps.leadership.groups()) count += await captureGroup(deps, group, askWoken)
    await writeDown()
    return count
  }
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
  deps.leadership.publishedTo(group.shards, difference.snapshot)
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

/** The first xid that was not yet given out: it never goes back on one server. */
const nextXid = (snapshot: string): bigint => BigInt(snapshot.split(':')[1] ?? 0)
