import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'

/** Where an entry can be under way: from the commit, past the relay, to the worker, to the receipt. */
export const STAGES = ['capture', 'claim', 'wait', 'held', 'call', 'unknown', 'verify'] as const
export type Stage = (typeof STAGES)[number]

export type StageLag = {
  stage: Stage
  tenant: string
  effect_name: string
  count: number
  /** Since the commit, or since it was asked to start, or replayed, if that was later. */
  oldest_age_seconds: number
}

/** How far the outside world is behind what was committed (requirement G1). */
export type Lag = {
  stages: StageLag[]
  unknown: number
  dead: number
  /** Waiting for a rate or concurrency limit. */
  throttled: number
  /** Age of the oldest intent that no relay has published. */
  cursor_lag_seconds: number
  /** Until the first unsettled entry's key is forgotten; null: nothing is unsettled. */
  key_retention_headroom_seconds: number | null
}

type Group = Omit<StageLag, 'stage'> & { stage: string; throttled: number; headroom_seconds: number | null }

/** Cheap enough to be asked every few seconds: reads what is under way, not what has settled. */
export async function lag(db: Database): Promise<Lag> {
  return summary(await unsettledGroups(db, await settledBounds(db)))
}

type Bounds = {
  /** From here on a transaction may be unread by some relay, besides those that were `open` when it last read. */
  xmax: string
  open: string[]
  /** Ranges of ids in which an intent may be unclaimed: above what the search for lost ones has accounted for, in open pages. */
  since: string[]
  upto: string[]
}

/** Known values, so that the planner reads only what they leave. */
async function settledBounds(db: Database): Promise<Bounds> {
  const { rows } = await sql<Bounds>`
    with accounted as (select accounted_to as upto from readback.relay_cursor order by 1 limit 1),
    open_page as (
      select greatest(p.since, a.upto) as since, p.upto
      from accounted a
      join readback.book_page p on p.closed_at is null and p.upto > a.upto
      union all
      select greatest(a.upto, (select p.upto from readback.book_page p order by p.upto desc limit 1)), 'ffffffff-ffff-ffff-ffff-ffffffffffff'
      from accounted a
    )
    select (select pg_snapshot_xmax(snapshot) from readback.relay_cursor order by 1 limit 1)::text as xmax,
           array(select distinct open::text from readback.relay_cursor c cross join pg_snapshot_xip(c.snapshot) as open) as open,
           array(select since::text from open_page order by upto) as since,
           array(select upto::text from open_page order by upto) as upto`.execute(db.kysely)
  const [row] = rows
  if (!row) throw new Error('a select without from has one row')
  return row
}

async function unsettledGroups(db: Database, { xmax, open, since, upto }: Bounds): Promise<Group[]> {
  const { rows } = await sql<Group>`
    with committed as (
      -- Beyond the cursor: the transaction began after its snapshot, or was open in it.
      select o.*, 'capture' as stage
      from readback.outbox o
      join readback.relay_cursor c using (shard)
      where o.xid >= ${xmax}::xid8 and not pg_visible_in_snapshot(o.xid, c.snapshot)
      union all
      select o.*, 'capture'
      from readback.outbox o
      join readback.relay_cursor c using (shard)
      where o.xid = any (${open}::xid8[]) and o.xid < ${xmax}::xid8 and not pg_visible_in_snapshot(o.xid, c.snapshot)
      union all
      select o.*, 'claim'
      from unnest(${since}::uuid[], ${upto}::uuid[]) as uncounted (since, upto)
      join readback.outbox o on o.entry_id > uncounted.since and o.entry_id <= uncounted.upto
      join readback.relay_cursor c using (shard)
      where o.entry_id > ${since[0]}::uuid and pg_visible_in_snapshot(o.xid, c.snapshot)
    ),
    unsettled as (
      select o.entry_id, o.stage, o.tenant, o.effect, greatest(o.created_at, o.not_before) as since, null as reason
      from committed o
      where not exists (select from readback.delivery d where d.entry_id = o.entry_id)
        and not exists (select from readback.settlement s where s.entry_id = o.entry_id)
      union all
      select d.entry_id,
             case d.state when 'scheduled' then 'wait' when 'calling' then 'call' when 'verifying' then 'verify' else d.state end,
             d.tenant, d.effect, d.retry_from, d.reason
      from readback.delivery d
    ),
    grouped as (
      select stage, tenant, effect, count(*) as count, count(*) filter (where reason in ('rate_limit', 'concurrency')) as throttled,
             min(since) as since, min(entry_id::text collate "C")::uuid as oldest
      from unsettled
      group by stage, tenant, effect
    )
    select g.stage, g.tenant, g.effect as effect_name, g.count, g.throttled,
           extract(epoch from greatest(interval '0', now() - g.since))::float8 as oldest_age_seconds,
           extract(epoch from o.created_at + c.key_retention - now())::float8 as headroom_seconds
    from grouped g
    join readback.outbox o on o.entry_id = g.oldest
    join readback.contract c on c.effect = o.effect and c.version = o.effect_version
    order by g.stage, g.tenant, g.effect`.execute(db.kysely)
  return rows
}

function summary(groups: readonly Group[]): Lag {
  const inStage = (stage: string) => groups.filter((group) => group.stage === stage)
  const headrooms = groups.flatMap((group) => group.headroom_seconds ?? [])
  return {
    stages: groups.flatMap(stageLag),
    unknown: total(inStage('unknown').map((group) => group.count)),
    dead: total(inStage('dead').map((group) => group.count)),
    throttled: total(groups.map((group) => group.throttled)),
    cursor_lag_seconds: Math.max(0, ...inStage('capture').map((group) => group.oldest_age_seconds)),
    key_retention_headroom_seconds: headrooms.length > 0 ? Math.min(...headrooms) : null,
  }
}

/** None for the dead: they wait for a person, and are counted apart. */
function stageLag({ stage, tenant, effect_name, count, oldest_age_seconds }: Group): StageLag[] {
  const known = STAGES.find((each) => each === stage)
  return known ? [{ stage: known, tenant, effect_name, count, oldest_age_seconds }] : []
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)
