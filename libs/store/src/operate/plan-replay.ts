import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import { type DeadFilter, matchesDead } from './dead-filter.ts'

/**
 * What a replay does with a dead letter:
 *   look          it may have landed: read back first, and call only what is not there
 *   send          it provably never happened: call
 *   needs_person  it may have landed, and the provider offers no way to look: left as it is
 */
export type ReplayAction = 'look' | 'send' | 'needs_person'

export type ReplayPlan = {
  total: number
  look: number
  send: number
  needs_person: number
  groups: { effect_name: string; cause: string; action: ReplayAction; count: number }[]
  samples: { entry_id: string; tenant: string; effect_name: string; key: string; cause: string; action: ReplayAction }[]
  /** Names this set in this state: it changes as soon as one entry joins, leaves or moves. */
  plan_hash: string
}

/** What a replay of these dead letters would do. Changes nothing. */
export function planReplay(db: Database, filter: DeadFilter): Promise<ReplayPlan> {
  return readPlan(db.kysely, filter)
}

export async function readPlan(on: Database['kysely'], filter: DeadFilter): Promise<ReplayPlan> {
  const { rows } = await sql<Pick<ReplayPlan, 'groups' | 'samples' | 'plan_hash'>>`
    with planned as materialized (${replayActions(filter)})
    select
      (select coalesce(json_agg(grouped), '[]') from (
         select effect_name, cause, action, count(*) as count from planned group by 1, 2, 3 order by 4 desc, 1, 2, 3) grouped) as groups,
      (select coalesce(json_agg(sample), '[]') from (
         select entry_id, tenant, effect_name, key, cause, action from planned order by entry_id limit 10) sample) as samples,
      (select encode(sha256(convert_to(coalesce(string_agg(entry_id || ':' || fence, ',' order by entry_id), ''), 'UTF8')), 'hex')
       from planned) as plan_hash`.execute(on)
  const [row] = rows
  if (!row) throw new Error('a select without from has one row')
  return { ...countsOf(row.groups), ...row }
}

function countsOf(groups: ReplayPlan['groups']): Pick<ReplayPlan, 'total' | ReplayAction> {
  const counts = { total: 0, look: 0, send: 0, needs_person: 0 }
  for (const { action, count } of groups) {
    counts.total += count
    counts[action] += count
  }
  return counts
}

/** One row an entry, with what a replay does to it. */
export const replayActions = (filter: DeadFilter): RawBuilder<unknown> => sql`
  select d.entry_id, d.fence, d.tenant, d.effect as effect_name, o.key, d.cause,
         case
           when d.first_called_at is null then 'send'
           when c.document -> 'verify' ->> 'none' is null then 'look'
           -- Nobody can look. Only what every answer proves not to have happened may be sent again.
           when d.answered_calls = 0 and d.last_outcome <> 'side_effect_unknown' and not exists (
             select from readback.attempt a
             where a.entry_id = d.entry_id and a.kind = 'call' and a.result in ('success', 'side_effect_unknown')) then 'send'
           else 'needs_person'
         end as action
  from readback.delivery d
  join readback.outbox o using (entry_id)
  join readback.contract c on c.effect = o.effect and c.version = o.effect_version
  where ${matchesDead(filter)}`
