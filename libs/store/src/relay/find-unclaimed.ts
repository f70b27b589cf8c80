import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import type { EntryRefRow } from './due-entries.ts'

export type UnclaimedScan = {
  /** Ids up to here were looked at; null: there was none to look at. */
  scannedTo: string | null
  /** The page is full, and others may come behind it. */
  more: boolean
  /** Committed entries with neither a live row nor a settlement. */
  unclaimed: readonly EntryRefRow[]
  /** There are others of these, which not all of `visibleIn` show. */
  unseen: boolean
}

export type UnclaimedRequest = {
  after: string
  shards: readonly number[]
  olderThanMs: number
  pageRows: number
  /** Only what all of these snapshots show; what came later is still to be captured. null: everything. */
  visibleIn: readonly string[] | null
}

/** Walks the intents in order of id, a page a call, and finds those that nobody has claimed although there was time. */
export async function findUnclaimed(db: Database, request: UnclaimedRequest): Promise<UnclaimedScan> {
  const rows = await scan(db.pool, [
    request.after,
    request.shards,
    request.olderThanMs,
    request.pageRows,
    request.visibleIn,
  ])
  const [seen] = rows
  if (seen === undefined) throw new Error('the database did not say what it has looked at')
  const unclaimed = rows.filter((row) => row.entry_id !== null)
  return { scannedTo: seen.scanned_to, more: seen.more, unclaimed, unseen: seen.unseen }
}

/** Remembers that every entry up to this id is accounted for. */
export async function rememberAccounted(
  db: Database,
  request: { relay: string; shards: readonly number[]; upTo: string },
): Promise<void> {
  await remember(db.pool, [request.relay, request.shards, request.upTo])
}

/** Where the walk may start: below it, every entry of these shards was accounted for. */
export async function accountedTo(db: Database, shards: readonly number[]): Promise<string> {
  const [row] = await lowest(db.pool, [shards])
  return row?.accounted_to ?? '00000000-0000-0000-0000-000000000000'
}

/**
 * Transactions that are open now may still show entries from this id on: an id is made at the enqueue. To be asked before
 * the walk whose findings it bounds, so that what ends in between counts as open.
 */
export async function firstOpenId(db: Database): Promise<string> {
  const [row] = await firstOpen(db.pool, [])
  if (!row) throw new Error('the database did not say what is open')
  return row.id
}

const scan = statement<EntryRefRow & { scanned_to: string | null; more: boolean; unseen: boolean }>(
  'find_unclaimed',
  `
  with scanned as materialized (
    select o.entry_id, o.xid,
           -- One probe a row, each in the partition of its id; as joins they would go through all partitions.
           exists (select from readback.delivery d where d.entry_id = o.entry_id)
             or exists (select from readback.settlement s where s.entry_id = o.entry_id) as accounted
    from readback.outbox o
    where o.entry_id > $1::uuid
      and o.entry_id < readback.entry_id_floor(now() - $3::float8 * interval '1 millisecond')
      and o.shard = any ($2::smallint[])
    order by o.entry_id
    limit $4
  ),
  unclaimed as materialized (
    select entry_id,
           coalesce((select bool_and(pg_visible_in_snapshot(xid, each)) from unnest($5::pg_snapshot[]) each), true) as is_seen
    from scanned where not accounted
  )
  select seen.scanned_to, seen.more, seen.unseen, u.*
  from (
    select (select entry_id from scanned order by entry_id desc limit 1) as scanned_to,
           (select count(*) from scanned) = $4 as more,
           exists (select from unclaimed where not is_seen) as unseen
  ) seen
  left join lateral (
    select o.entry_id, o.tenant, o.effect, o.key, coalesce(o.ordering_key, o.key) as ordering_key, o.traceparent, o.priority
    from unclaimed
    cross join lateral (select * from readback.outbox o where o.entry_id = unclaimed.entry_id limit 1) o
    where unclaimed.is_seen
    order by o.position
  ) u on true
  `,
)

const remember = statement(
  'remember_accounted',
  `
  with quick as materialized (select set_config('synchronous_commit', 'off', true)),
  led as materialized (
    select c.shard
    from readback.relay_cursor c, quick
    where c.shard = any ($2::smallint[]) and c.lease_owner = $1::uuid and c.accounted_to < $3::uuid
    order by c.shard
    for update of c
  )
  update readback.relay_cursor c set accounted_to = $3::uuid from led where c.shard = led.shard
  `,
)

const firstOpen = statement<{ id: string }>(
  'first_open_id',
  // An id is made a moment before its transaction can be seen to write.
  `select readback.entry_id_floor(readback.oldest_open_writer() - interval '1 second') as id`,
)

const lowest = statement<{ accounted_to: string | null }>(
  'accounted_to',
  `select accounted_to from readback.relay_cursor where shard = any ($1::smallint[]) order by accounted_to limit 1`,
)
