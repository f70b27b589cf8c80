import type { Database } from '../connect/database.ts'
import { type Queryable, statement } from '../connect/statement.ts'
import { onOneConnection } from '../connect/transaction.ts'
import { awaitIntents } from './await-intents.ts'
import type { EntryRefRow } from './due-entries.ts'
import type { XidMark } from './mark-xid.ts'
import { bounds, isBefore, type ReadUpTo, readOnTo, readPartTo, startOf } from './read-up-to.ts'

export type CapturedRow = EntryRefRow & { position: number }

export type Difference = {
  /** Made from what the database sent when it is asked for: beside its work on the next page, where that was asked for before. null: no rows. */
  page: (() => Page) | null
  /** How far the rows reach. */
  upTo: ReadUpTo
  /** More rows are there by now. */
  more: boolean
  /** Whether a live row is due, has a lease that ran out, or is held for something that has ended; null: it was not asked. */
  woken: { due: boolean; expired: boolean; ended: boolean } | null
}

/** In order of position. `lagMs` is the age of the oldest row. */
export type Page = { rows: readonly CapturedRow[]; lagMs: number }

export type CaptureRequest = {
  since: ReadUpTo
  shards: readonly number[]
  limit: number
  /** Also what else there is to do. */
  askWoken: boolean
  /** If there is nothing yet, it may wait for so long; not behind a page of a backlog, nor beside a transaction that stays open. 0, if not given: it answers at once. */
  waitMs?: number
  /** One that was set before. Once everything older has ended, partitions of older weeks need not be opened. */
  mark?: XidMark | null
}

/**
 * The first `limit` rows that became visible since `since`, transaction by transaction; those that are returned, in order of position.
 *
 * A row was not visible in a snapshot if its transaction began after it, or was open in it. A transaction that stays open
 * holds nothing back, and one that commits late is not passed over.
 */
export async function captureDifference(db: Database, request: CaptureRequest): Promise<Difference> {
  const found = await ask(db, request)
  if (found === undefined) throw new Error('the database gave no snapshot')
  const { snapshot, woken, columns, last_xid, last_position } = found
  const last = last_xid === null ? null : { xid: last_xid, position: last_position ?? 0 }
  return {
    page: columns === null ? null : () => pageOf(JSON.parse(columns), request.limit),
    upTo: reached(request, snapshot, last),
    more: last !== null,
    woken,
  }
}

async function ask(
  db: Database,
  { since, shards, limit, askWoken, waitMs = 0 }: CaptureRequest,
): Promise<Found | undefined> {
  const { xmax, open } = bounds(since.snapshot)
  const [from = xmax] = open
  // What is left of a transaction is read by a scan of its own.
  const others = open.map(String).filter((xid) => xid !== since.part?.xid)
  const asked = [String(xmax), others, shards, limit + 1]
  const { openFrom } = since
  if (openFrom === null || since.part !== null) {
    const [found] = await page(askWoken)(db.pool, [...asked, ...restOf(since.part)])
    return found
  }
  const isNear = xmax - from <= NEAR
  const ofNewest = isNear ? newest : newestBesideOpen
  const look = async (on: Queryable) =>
    (await ofNewest(askWoken)(on, [...asked, openFrom.id, String(from), openFrom.asOf]))[0]
  if (waitMs === 0 || !isNear) return look(db.pool)
  return onOneConnection(db, async (client) => {
    const [, found] = await Promise.all([
      awaitIntents(client, [since.snapshot, openFrom.id, shards, waitMs]),
      look(client),
    ])
    return found
  })
}

/** $5 and $6 of a page: no transaction has the id 0. */
const restOf = (part: ReadUpTo['part']) => [part?.xid ?? '0', part?.position ?? 0]

/** `last` is the last row of a page that has others behind it. */
function reached(
  { since, mark = null }: CaptureRequest,
  snapshot: string,
  last: { xid: string; position: number } | null,
): ReadUpTo {
  // Another server, or an older copy of this one, says so by its snapshot, which is not to be hidden by a cut.
  if (isBefore(startOf(snapshot), since)) return startOf(snapshot)
  return last === null ? readOnTo(since, snapshot, mark) : readPartTo(since, snapshot, last)
}

type Found = {
  snapshot: string
  woken: Difference['woken']
  /** `Columns` as JSON; null: no rows. */
  columns: string | null
  /** Of the last row of the page, if there is one behind it. */
  last_xid: string | null
  last_position: number | null
}

/** A list for each column, all of one length. */
type Columns = {
  position: number[]
  entry_id: string[]
  tenant: string[]
  effect: string[]
  key: string[]
  ordering_key: (string | null)[]
  traceparent: (string | null)[]
  priority: number[]
  lag_ms: number
}

/** The first `limit` rows. */
function pageOf(columns: Columns, limit: number): Page {
  const { position, entry_id, tenant, effect, key, ordering_key, traceparent, priority, lag_ms: lagMs } = columns
  const rows = position.slice(0, limit).map((at, nth) => ({
    position: at,
    entry_id: entry_id[nth] ?? '',
    tenant: tenant[nth] ?? '',
    effect: effect[nth] ?? '',
    key: key[nth] ?? '',
    ordering_key: ordering_key[nth] ?? key[nth] ?? '',
    traceparent: traceparent[nth] ?? null,
    priority: priority[nth] ?? 0,
  }))
  return { rows: rows.sort((one, other) => one.position - other.position), lagMs }
}

const WOKEN = `json_build_object(
           'due', exists (select from readback.delivery d where d.due_at <= now() and d.shard = any ($3::smallint[])),
           'expired', exists (select from readback.delivery d where d.lease_until <= now()),
           'ended', exists (select from readback.blocker b where b.ended))`

/** What is to be asked along is a part of the statement: it costs something also where it is not evaluated. */
const differenceBy = (name: string, ranges: readonly string[], more = 'true') => {
  const rows = firstRows(ranges, more)
  const [alone, withWoken] = [
    statement<Found>(name, differenceOf(rows, 'null::json')),
    statement<Found>(`${name}_and_woken`, differenceOf(rows, WOKEN)),
  ]
  return (askWoken: boolean) => (askWoken ? withWoken : alone)
}

/** One row behind the page as well, if there is one. */
function firstRows(ranges: readonly string[], more: string): string {
  const scans = ranges.map(
    (range) => `
      (select o.xid, o.position, o.entry_id, o.tenant, o.effect, o.key, o.ordering_key, o.traceparent, o.priority, o.created_at
       from readback.outbox o
       where ${range} and o.shard = any ($3::smallint[])
         -- Only a restored database has rows of transactions that are still to come.
         and pg_visible_in_snapshot(o.xid, (select pg_current_snapshot()))
         and ${more}
       order by o.xid, o.position
       limit $4)`,
  )
  if (scans.length === 1) return scans.join()
  return `(select * from (${scans.join(' union all')}) o order by o.xid, o.position limit $4)`
}

const differenceOf = (rows: string, woken: string) => `
  -- One statement, one snapshot: what it is, and what is visible in it.
  select pg_current_snapshot()::text as snapshot, ${woken} as woken, found.*
  from (
    -- Columns instead of rows: JSON.parse reads a list at a fraction of what the driver needs for as many values of rows.
    select case when count(*) > 0 then json_build_object(
             'position', json_agg(o.position), 'entry_id', json_agg(o.entry_id), 'tenant', json_agg(o.tenant),
             'effect', json_agg(o.effect), 'key', json_agg(o.key), 'ordering_key', json_agg(o.ordering_key),
             'traceparent', json_agg(o.traceparent), 'priority', json_agg(o.priority),
             'lag_ms', extract(epoch from clock_timestamp() - min(o.created_at))::float8 * 1000)::text
           end as columns,
           -- Of the page, where there is a row behind it.
           case when count(*) = $4 then (array_agg(o.xid))[$4 - 1]::text end as last_xid,
           case when count(*) = $4 then (array_agg(o.position))[$4 - 1] end as last_position
    from ${rows} o
  ) found
  `

/**
 * Of a difference that may be large: rows come in the order of the index, so that those before and behind the page are neither read nor
 * sorted, also where one transaction has many of them: what is left of it has a scan of its own.
 *
 * Several scans instead of an "or", which the planner may answer by reading and sorting the whole table.
 */
const page = differenceBy('capture_page', [
  'o.xid = any ($2::xid8[]) and o.xid < $1::xid8',
  'o.xid = $5::xid8 and o.position > $6::bigint',
  'o.xid >= $1::xid8 and o.xid > $5::xid8',
])

/**
 * Opening the partitions of all weeks that are kept would be most of the answer. Weeks to come stay in: a session that has made ids by a
 * clock that was ahead goes on from there. Where the clock was set back, all are opened.
 */
const OF_LATE = `o.entry_id >= case when now() >= $7::timestamptz then $5::uuid else '00000000-0000-0000-0000-000000000000' end`
/** With two bounds the index on xid looks narrower to the planner than that on ids with one, whatever the statistics say. */
const BEFORE_NEXT = 'o.xid < pg_snapshot_xmax(pg_current_snapshot())'

/** Up to so many transactions are looked at again while one before them is open. */
const NEAR = 100n

/** Of the last moment. It is asked up to a thousand times a second, and what it costs is to open each partition, which it does once. */
const newest = differenceBy(
  'capture_newest',
  [`o.xid >= $6::xid8 and ${BEFORE_NEXT} and (o.xid >= $1::xid8 or o.xid = any ($2::xid8[]))`],
  OF_LATE,
)

/** The same beside a transaction that stays open: what came after it may be much by now, and is not looked at again. */
const newestBesideOpen = differenceBy(
  'capture_newest_beside_open',
  ['o.xid = any ($2::xid8[]) and o.xid >= $6::xid8 and o.xid < $1::xid8', `o.xid >= $1::xid8 and ${BEFORE_NEXT}`],
  OF_LATE,
)
