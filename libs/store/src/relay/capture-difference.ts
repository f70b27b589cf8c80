import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import type { EntryRefRow } from './due-entries.ts'
import type { XidMark } from './mark-xid.ts'
import { bounds, isBefore, type ReadUpTo, readOnTo, readPartTo, startOf } from './read-up-to.ts'

export type CapturedRow = EntryRefRow & { position: number; age_ms: number; xid: string }

export type Difference = {
  rows: readonly CapturedRow[]
  /** How far the rows reach. */
  upTo: ReadUpTo
  /** More rows are there by now. */
  more: boolean
  /** Whether a live row is due, has a lease that ran out, or is held for something that has ended; null: it was not asked. */
  woken: { due: boolean; expired: boolean; ended: boolean } | null
}

export type CaptureRequest = {
  since: ReadUpTo
  shards: readonly number[]
  limit: number
  /** Also what else there is to do. */
  askWoken: boolean
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
  const { since } = request
  const { xmax, open } = bounds(since.snapshot)
  const asked = [String(xmax), open.map(String), request.shards, request.limit + 1, request.askWoken]
  const found =
    since.openFrom !== null && since.part === null
      ? await newest(db.pool, [...asked, since.openFrom, String(open[0] ?? xmax)])
      : await page(db.pool, [...asked, since.part?.xid ?? '0', since.part?.position ?? 0])
  const seen = found.find((row) => row.entry_id === null)
  if (seen === undefined) throw new Error('the database gave no snapshot')
  const { due, expired, ended } = seen
  const woken = request.askWoken ? { due, expired, ended } : null
  const rows = found.filter((row) => row.entry_id !== null).slice(0, request.limit)
  const more = found.length - 1 > request.limit
  const upTo = reached(request, seen.snapshot, more ? rows.at(-1) : undefined)
  return { rows: rows.sort((one, other) => one.position - other.position), upTo, more, woken }
}

/** `last` is the last row of a page that has others behind it. */
function reached({ since, mark = null }: CaptureRequest, snapshot: string, last: CapturedRow | undefined): ReadUpTo {
  // Another server, or an older copy of this one, says so by its snapshot, which is not to be hidden by a cut.
  if (isBefore(startOf(snapshot), since)) return startOf(snapshot)
  if (last === undefined) return readOnTo(since, snapshot, mark)
  return readPartTo(since, snapshot, { xid: last.xid, position: last.position })
}

type Found = CapturedRow & { snapshot: string; due: boolean; expired: boolean; ended: boolean }

// Two scans of an index instead of an "or", which the planner may answer by reading and sorting the whole table.
const differenceBy = (name: string, [open, later]: readonly [open: string, later: string], more: string) => {
  const firstRows = (which: string) => `
      (select * from readback.outbox o
       where ${which} and o.shard = any ($3::smallint[])
         -- Only a restored database has rows of transactions that are still to come.
         and pg_visible_in_snapshot(o.xid, pg_current_snapshot())
         and ${more}
       order by o.xid, o.position
       limit $4)`
  return statement<Found>(
    name,
    `
  -- One statement, one snapshot: what it is, and what is visible in it.
  select pg_current_snapshot()::text as snapshot,
         $5::boolean and exists (
           select from readback.delivery d
           where d.due_at <= now() and d.shard = any ($3::smallint[])) as due,
         $5::boolean and exists (
           select from readback.delivery d
           where d.lease_until <= now()) as expired,
         $5::boolean and exists (select from readback.blocker b where b.ended) as ended,
         null::bigint as position, null::uuid as entry_id, null as tenant, null as effect, null as key, null as ordering_key,
         null as traceparent, null::smallint as priority, null::float8 as age_ms, null::xid8 as xid
  union all
  (select null, null, null, null,
          o.position, o.entry_id, o.tenant, o.effect, o.key, coalesce(o.ordering_key, o.key), o.traceparent, o.priority,
          extract(epoch from clock_timestamp() - o.created_at)::float8 * 1000, o.xid
   from (${firstRows(open)}
     union all${firstRows(later)}
   ) o
   order by o.xid, o.position
   limit $4)
  `,
  )
}

/** Of a difference that may be large: rows come in the order of the index, so that those behind the page are neither read nor sorted. */
const page = differenceBy(
  'capture_page',
  ['o.xid = any ($2::xid8[]) and o.xid < $1::xid8', 'o.xid >= $1::xid8'],
  'not (o.xid = $6::xid8 and o.position <= $7::bigint)',
)

/**
 * Of the last moment. It is asked up to a thousand times a second, and opening the partitions of all weeks that are kept would be most of the answer.
 * Weeks to come stay in: a session that has made ids by a clock that was ahead goes on from there. So does `openFrom`, but for the clock of now.
 *
 * With two bounds the index on xid looks narrower to the planner than that on ids with one, whatever the statistics say.
 */
const newest = differenceBy(
  'capture_newest',
  [
    'o.xid = any ($2::xid8[]) and o.xid >= $7::xid8 and o.xid < $1::xid8',
    'o.xid >= $1::xid8 and o.xid < pg_snapshot_xmax(pg_current_snapshot())',
  ],
  "o.entry_id >= least($6::uuid, readback.entry_id_floor(now() - interval '7 days'))",
)
