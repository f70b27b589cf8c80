import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'

export type LedShard = {
  shard: number
  snapshot: string
  lineage: string | null
  /** False: it was led by this relay before. */
  taken_over: boolean
}

/**
 * Renews the lease on the shards this relay leads, takes over those whose leader is gone, and gives up what exceeds its
 * share. With `shared`, each live relay leads an equal part; without, the first one leads all and the others stand by.
 */
export async function leadShards(
  db: Database,
  request: { relay: string; leaseMs: number; shared: boolean; role: string },
): Promise<readonly LedShard[]> {
  return lead(db.pool, [request.relay, request.leaseMs, request.shared, request.role])
}

/** Gives all shards up, so that another relay need not wait for the lease to run out. */
export async function releaseShards(db: Database, relay: string): Promise<void> {
  await release(db.pool, [relay])
}

const lead = statement<LedShard>(
  'lead_shards',
  `
  with quick as materialized (select set_config('synchronous_commit', 'off', true)),
  share as materialized (
    select case when $3::boolean
      then ceil((select count(*) from readback.relay_cursor) / greatest(1, (
        select count(*) from readback.process
        where role = $4 and (id = $1::uuid or seen_at > now() - 3 * $2::float8 * interval '1 millisecond')))::numeric)::int
      else 1000 end as size
    from quick
  ),
  own as materialized (
    -- Waited for: this relay's own capture may be moving them at this moment.
    select c.shard, c.lease_until <= now() as taken_over
    from readback.relay_cursor c
    where c.lease_owner = $1::uuid
    order by c.shard
    for update
  ),
  free as materialized (
    select c.shard, true as taken_over
    from readback.relay_cursor c
    where c.lease_owner is distinct from $1::uuid and (c.lease_owner is null or c.lease_until <= now())
    order by c.shard
    for update skip locked
  ),
  ranked as (
    select shard, taken_over, row_number() over (order by taken_over, shard) <= (select size from share) as mine
    from (select * from own union all select * from free) shards
  ),
  led as (
    update readback.relay_cursor c
    set lease_owner = case when mine then $1::uuid end,
        lease_until = case when mine then now() + $2::float8 * interval '1 millisecond' end
    from ranked
    where c.shard = ranked.shard and (mine or not taken_over)
    returning c.shard, c.snapshot::text as snapshot, c.lineage, ranked.taken_over, mine
  )
  select shard, snapshot, lineage, taken_over from led where mine order by shard
  `,
)

const release = statement(
  'release_shards',
  'update readback.relay_cursor set lease_owner = null, lease_until = null where lease_owner = $1::uuid',
)
