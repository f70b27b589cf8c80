import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Reached } from '@readback/service-kit'
import {
  type CapturedRow,
  type CaptureRequest,
  captureDifference,
  type Database,
  type Difference,
  isBefore,
  markXid,
  type ReadUpTo,
  type XidMark,
} from '@readback/store'
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
  /** The end of a backlog is published. */
  onCaughtUp: () => void
  monotonicMs: () => number
  /** After an intent, the next one is waited for so long in the database; 0: it is not. */
  waitMs: number
}

/** Of a backlog, at a time: the cursor moves behind each page, and no more than that is held in memory. */
const PAGE_ROWS = 2_000

/** Each call publishes what was committed since the last one, a page of it for each group of shards, and returns how many that were. */
export function createCapture(deps: CaptureDeps): () => Promise<number> {
  const reader = new Reader(deps)
  const pace = new Pace(deps)
  return async () => {
    let count = 0
    const askWoken = deps.wake.isToBeAsked()
    const wasBehind = deps.leadership.isBehind()
    const groups = deps.leadership.groups()
    const how = { askWoken, waitMs: groups.length === 1 ? pace.waitMs() : 0 }
    for (const group of groups) count += await captureGroup(deps, reader, group, how)
    pace.found(count)
    if (wasBehind && !deps.leadership.isBehind()) deps.onCaughtUp()
    return count
  }
}

async function captureGroup(
  deps: CaptureDeps,
  reader: Reader,
  group: ShardGroup,
  how: Pick<CaptureRequest, 'askWoken' | 'waitMs'>,
): Promise<number> {
  const request = { since: group.read, shards: group.shards, limit: PAGE_ROWS, ...how }
  const difference = await reader.read(request)
  if (difference.woken) deps.wake.answered(difference.woken)
  if (isBefore(difference.upTo, group.read)) {
    await deps.leadership.restart(group.shards)
    return 0
  }
  if (difference.page === null) {
    deps.leadership.readTo(group.shards, difference.upTo)
    return 0
  }
  deps.leadership.found(group.shards)
  deps.reached('captured')
  if (difference.more) await reader.readAhead({ ...request, since: difference.upTo })
  const { rows, lagMs } = difference.page()
  await deps.publish('deliver', rows)
  deps.observe({ type: 'entries_captured', count: rows.length, lag_ms: lagMs })
  deps.lintKeys(rows)
  deps.reached('published')
  deps.leadership.publishedTo(group.shards, difference.upTo, { more: difference.more })
  return rows.length
}

/** Where they come closer upon each other, asking again and again finds them sooner. */
const CLOSE_MS = 20
/** So long after an intent the next one is near. */
const NEAR_MS = 50

/** Whether the next look is to wait in the database for an intent, which costs less than asking for it again and again. */
class Pace {
  readonly #deps: Pick<CaptureDeps, 'monotonicMs' | 'waitMs'>
  #foundAtMs = Number.NEGATIVE_INFINITY
  /** Between the last two looks that found some. */
  #gapMs = Number.POSITIVE_INFINITY

  constructor(deps: Pick<CaptureDeps, 'monotonicMs' | 'waitMs'>) {
    this.#deps = deps
  }

  waitMs(): number {
    const sinceMs = this.#deps.monotonicMs() - this.#foundAtMs
    const isClose = this.#gapMs < CLOSE_MS && sinceMs < CLOSE_MS
    return sinceMs < NEAR_MS && !isClose ? this.#deps.waitMs : 0
  }

  found(count: number): void {
    if (count === 0) return
    const nowMs = this.#deps.monotonicMs()
    this.#gapMs = nowMs - this.#foundAtMs
    this.#foundAtMs = nowMs
  }
}

/** Marks only leave out partitions, and those are weeks. */
const MARK_EVERY_MS = 60_000
/** How long one may say nothing, because older transactions are open; on another server it may never do. */
const UNUSED_MARK_MS = 600_000

/**
 * Reads the next page of a backlog while the last one is published: the database and this process work side by side. Sets the marks from which
 * it follows that no row can be left in older weeks.
 */
class Reader {
  readonly #db: Database
  readonly #monotonicMs: () => number
  readonly #ahead = new WeakMap<ReadUpTo, { shards: readonly number[]; difference: Promise<Difference> }>()
  #mark: XidMark | null = null
  #markedAtMs = Number.NEGATIVE_INFINITY

  constructor({ db, monotonicMs }: Pick<CaptureDeps, 'db' | 'monotonicMs'>) {
    this.#db = db
    this.#monotonicMs = monotonicMs
  }

  async read(request: CaptureRequest): Promise<Difference> {
    const { shards, since } = request
    const ahead = this.#ahead.get(since)
    this.#ahead.delete(since)
    // Some of the shards may be led by another relay by now.
    if (ahead && String(ahead.shards) === String(shards)) return ahead.difference
    await this.#markSometimes(since)
    return this.#difference(request)
  }

  async #markSometimes({ openFrom }: ReadUpTo): Promise<void> {
    const lastsMs = openFrom === this.#mark?.madeFrom ? MARK_EVERY_MS : UNUSED_MARK_MS
    if (this.#monotonicMs() - this.#markedAtMs < lastsMs) return
    this.#markedAtMs = this.#monotonicMs()
    this.#mark = await markXid(this.#db)
  }

  /** Resolves when the question has left: this process is busy with the last page then, and the database with the next one. */
  async readAhead(request: CaptureRequest): Promise<void> {
    const difference = this.#difference(request)
    // Whoever reads it hears of its failure; nobody does if the relay ends before.
    difference.catch(() => {})
    this.#ahead.set(request.since, { shards: request.shards, difference })
    await nextTurn()
  }

  #difference(request: CaptureRequest): Promise<Difference> {
    return captureDifference(this.#db, { mark: this.#mark, ...request })
  }
}
