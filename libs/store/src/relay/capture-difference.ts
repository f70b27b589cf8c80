import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import type { EntryRefRow } from './due-entries.ts'

export type CapturedRow = EntryRefRow & { position: number; age_ms: number }

export type Difference = {
  /** The snapshot up to which the rows reach; it becomes the cursor once they are published. */
  snapshot: string
  rows: readonly CapturedRow[]
  /** More rows lie between the two snapshots: read on with `captureMore`. */
  more: boolean
  /** Whether a live row is due, has a lease that ran out, or is held for something that has ended; null: it was not asked. */
  woken: { due: boolean; expired: boolean; ended: boolean } | null
}

/**
 * The rows that became visible since snapshot `since`, in order of position.
 *
 * A row was not visible in `since` if its transaction began after it, or was open in it. A transaction that stays open
 * holds nothing back, and one that commits late is not passed over.
 */
export async function captureDifference(
  db: Database,
  request: { since: string; shards: readonly number[]; limit: number; askWoken: boolean },
): Promise<Difference> {
  const { xmax, open } = bounds(request.since)
  const found = await difference(db.pool, [xmax, open, request.shards, request.limit + 1, request.askWoken])
  const [first] = found
  if (first === undefined) throw new Error('the database gave no snapshot')
  const { snapshot, due, expired, ended } = first
  const woken = request.askWoken ? { due, expired, ended } : null
  const rows = found.filter((row) => row.entry_id !== null)
  if (rows.length <= request.limit) return { snapshot, woken, rows: rows.sort(byPosition), more: false }
  return { snapshot, woken, rows: await captureMore(db, { ...request, until: snapshot, after: -1 }), more: true }
}

/** The next page of a large difference between two fixed snapshots. Empty: that was all. */
export async function captureMore(
  db: Database,
  request: { since: string; until: string; shards: readonly number[]; after: number; limit: number },
): Promise<readonly CapturedRow[]> {
  const { xmax, open } = bounds(request.since)
  // A page reads and sorts the whole difference: few large pages cost less than many small ones.
  return page(db.pool, [xmax, open, request.shards, request.limit * 20, request.until, request.after])
}

const byPosition = (one: CapturedRow, other: CapturedRow) => one.position - other.position

/** A snapshot's text is xmin:xmax:open,open,... */
function bounds(snapshot: string): { xmax: string; open: string[] } {
  const [, xmax = '1', open = ''] = snapshot.split(':')
  return { xmax, open: open === '' ? [] : open.split(',') }
}

const COLUMNS = `o.position, o.entry_id, o.tenant, o.effect, o.key, coalesce(o.ordering_key, o.key) as ordering_key, o.traceparent, o.priority,
         extract(epoch from clock_timestamp() - o.created_at)::float8 * 1000 as age_ms`

// Two index scans instead of an "or", which the planner may answer by reading the whole table.
const fresh = (columns: string) => `
    select ${columns}, o.xid from readback.outbox o where o.xid >= $1::xid8 and o.shard = any ($3::smallint[])
    union all
    select ${columns}, o.xid from readback.outbox o where o.xid = any ($2::xid8[]) and o.xid < $1::xid8 and o.shard = any ($3::smallint[])`

const difference = statement<CapturedRow & { snapshot: string; due: boolean; expired: boolean; ended: boolean }>(
  'capture_difference',
  `
  select seen.snapshot::text as snapshot, woken.due, woken.expired, woken.ended, fresh.*
  from (select pg_current_snapshot() as snapshot) seen
  cross join (
    select $5::boolean and exists (
             select from readback.delivery d
             where d.due_at <= now() and d.shard = any ($3::smallint[])) as due,
           $5::boolean and exists (
             select from readback.delivery d
             where d.lease_until <= now()) as expired,
           $5::boolean and exists (select from readback.blocker b where b.ended) as ended
  ) woken
  left join lateral (
    select * from (${fresh(COLUMNS)}) o
    -- Only a restored database has rows of transactions that are still to come.
    where pg_visible_in_snapshot(o.xid, seen.snapshot)
    limit $4
  ) fresh on true
  `,
)

const page = statement<CapturedRow>(
  'capture_page',
  `
  with place as materialized (
    -- The whole difference is sorted for each page, so only what it is sorted by: whole rows would go by way of the disk.
    select o.entry_id, o.position
    from (${fresh('o.position, o.entry_id')}) o
    where pg_visible_in_snapshot(o.xid, $5::pg_snapshot) and o.position > $6
    order by o.position
    limit $4
  )
  select captured.*
  from place
  cross join lateral (select ${COLUMNS} from readback.outbox o where o.entry_id = place.entry_id limit 1) captured
  order by place.position
  `,
)
