import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import type { EntryRefRow } from './due-entries.ts'
import { bounds, cutSnapshot, isBefore, type ReadUpTo, startOf } from './read-up-to.ts'

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

/**
 * The first `limit` rows that became visible since `since`, transaction by transaction; those that are returned, in order of position.
 *
 * A row was not visible in a snapshot if its transaction began after it, or was open in it. A transaction that stays open
 * holds nothing back, and one that commits late is not passed over.
 */
export async function captureDifference(
  db: Database,
  request: { since: ReadUpTo; shards: readonly number[]; limit: number; askWoken: boolean },
): Promise<Difference> {
  const { snapshot: since, part } = request.since
  const { xmax, open } = bounds(since)
  const found = await difference(db.pool, [
    String(xmax),
    open.map(String),
    request.shards,
    request.limit + 1,
    request.askWoken,
    part?.xid ?? '0',
    part?.position ?? 0,
  ])
  const seen = found.find((row) => row.entry_id === null)
  if (seen === undefined) throw new Error('the database gave no snapshot')
  const { snapshot, due, expired, ended } = seen
  const woken = request.askWoken ? { due, expired, ended } : null
  const rows = found.filter((row) => row.entry_id !== null).slice(0, request.limit)
  const more = found.length - 1 > request.limit
  const last = rows.at(-1)
  // Another server, or an older copy of this one, says so by its snapshot, which is not to be hidden by a cut.
  const isLater = !isBefore(startOf(snapshot), request.since)
  const upTo =
    more && last && isLater
      ? { snapshot: cutSnapshot(since, snapshot, last.xid), part: { xid: last.xid, position: last.position } }
      : startOf(snapshot)
  return { rows: rows.sort((one, other) => one.position - other.position), upTo, more, woken }
}

// Two scans of an index in its order instead of an "or", which the planner may answer by reading and sorting the whole table.
const firstRows = (which: string) => `
      (select * from readback.outbox o
       where ${which} and o.shard = any ($3::smallint[])
         -- Only a restored database has rows of transactions that are still to come.
         and pg_visible_in_snapshot(o.xid, pg_current_snapshot())
         and not (o.xid = $6::xid8 and o.position <= $7::bigint)
       order by o.xid, o.position
       limit $4)`

const difference = statement<CapturedRow & { snapshot: string; due: boolean; expired: boolean; ended: boolean }>(
  'capture_difference',
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
   from (${firstRows('o.xid = any ($2::xid8[]) and o.xid < $1::xid8')}
     union all${firstRows('o.xid >= $1::xid8')}
   ) o
   order by o.xid, o.position
   limit $4)
  `,
)
