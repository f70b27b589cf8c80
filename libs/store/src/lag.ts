import { sql } from 'kysely'
import type { Database } from './database.ts'

/** Where an entry can be under way: from the commit, past the relay, to the worker, to the receipt. */
export const STAGES = ['capture', 'claim', 'wait', 'held', 'call', 'unknown', 'verify'] as const
export type Stage = (typeof STAGES)[number]

export type StageLag = {
  stage: Stage
  tenant: string
  effect_name: string
  count: number
  /** Since the commit, or since it was asked to start if that was later. */
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

type Group = StageLag & { throttled: number; headroom_seconds: number | null }

export async function lag(db: Database): Promise<Lag> {
  const { rows } = await sql<Group>`
    with pending as (
      -- Beyond the cursor: the transaction began after its snapshot, or was open in it.
      select o.entry_id, 'capture' as stage, null as reason
      from readback.relay_cursor c
      join readback.outbox o on o.shard = c.shard and o.xid >= pg_snapshot_xmin(c.snapshot)
      where not pg_visible_in_snapshot(o.xid, c.snapshot)
      union all
      -- Below it, only what lies above the ids known to be accounted for can still be without a claim.
      select o.entry_id, 'claim', null
      from readback.relay_cursor c
      join readback.outbox o on o.shard = c.shard and o.entry_id > c.accounted_to
      where pg_visible_in_snapshot(o.xid, c.snapshot)
    ),
    unsettled as (
      select * from pending p
      where not exists (select from readback.delivery d where d.entry_id = p.entry_id)
        and not exists (select from readback.settlement s where s.entry_id = p.entry_id)
      union all
      select d.entry_id,
             case d.state when 'scheduled' then 'wait' when 'calling' then 'call' when 'verifying' then 'verify' else d.state end,
             d.reason
      from readback.delivery d
    )
    select u.stage, o.tenant, o.effect as effect_name, count(*) as count,
           coalesce(sum((u.reason in ('rate_limit', 'concurrency'))::int), 0) as throttled,
           extract(epoch from greatest(interval '0', now() - min(greatest(o.created_at, o.not_before))))::float8 as oldest_age_seconds,
           extract(epoch from min(k.expires_at) - now())::float8 as headroom_seconds
    from unsettled u
    join readback.outbox o using (entry_id)
    left join readback.effect_key k on (k.tenant, k.effect, k.key) = (o.tenant, o.effect, o.key)
    group by u.stage, o.tenant, o.effect
    order by u.stage, o.tenant, o.effect`.execute(db.kysely)
  return summary(rows)
}

function summary(groups: readonly (Group & { stage: string })[]): Lag {
  const isDead = (group: { stage: string }) => group.stage === 'dead'
  const inStage = (stage: string) => groups.filter((group) => group.stage === stage)
  const headrooms = groups.flatMap((group) => group.headroom_seconds ?? [])
  return {
    stages: groups.filter((group) => !isDead(group)).map(stageOf),
    unknown: total(inStage('unknown').map((group) => group.count)),
    dead: total(groups.filter(isDead).map((group) => group.count)),
    throttled: total(groups.map((group) => group.throttled)),
    cursor_lag_seconds: Math.max(0, ...inStage('capture').map((group) => group.oldest_age_seconds)),
    key_retention_headroom_seconds: headrooms.length > 0 ? Math.min(...headrooms) : null,
  }
}

const stageOf = ({ stage, tenant, effect_name, count, oldest_age_seconds }: Group): StageLag => ({
  stage,
  tenant,
  effect_name,
  count,
  oldest_age_seconds,
})

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)
