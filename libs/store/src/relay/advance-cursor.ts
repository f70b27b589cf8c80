import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'

/**
 * Moves the cursor of the shards from one snapshot to the next, by compare-and-set. False: another relay leads by now.
 *
 * Losing this write in a crash means publishing again, which claiming makes harmless: so it does not wait for the disk.
 */
export async function advanceCursor(
  db: Database,
  move: { relay: string; shards: readonly number[]; from: string; to: string },
): Promise<boolean> {
  const moved = await advance(db.pool, [move.relay, move.shards, move.from, move.to])
  return moved.length === move.shards.length
}

const advance = statement<{ shard: number }>(
  'advance_cursor',
  `
  with quick as materialized (select set_config('synchronous_commit', 'off', true)),
  led as materialized (
    select c.shard
    from readback.relay_cursor c, quick
    where c.shard = any ($2::smallint[]) and c.lease_owner = $1::uuid and c.snapshot::text = $3
    -- Everybody locks shards in this order, so that a renewal of the lease waits and never deadlocks.
    order by c.shard
    for update of c
  )
  update readback.relay_cursor c
  set snapshot = $4::pg_snapshot, moved_at = now()
  from led
  where c.shard = led.shard
  returning c.shard
  `,
)
