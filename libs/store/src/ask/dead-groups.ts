import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import { type DeadFilter, matchesDead } from '../operate/dead-filter.ts'

export type DeadGroup = {
  effect_name: string
  cause: string
  count: number
  tenants: number
  oldest_dead_at: string
  newest_dead_at: string
  /** A few of them, to look at first. */
  sample_entry_ids: string[]
}

/** Dead letters by what they died of, the largest group first. */
export async function deadGroups(db: Database, filter: DeadFilter = {}): Promise<DeadGroup[]> {
  const { rows } = await sql<DeadGroup>`
    select d.effect as effect_name, d.cause, count(*) as count, count(distinct d.tenant) as tenants,
           readback.utc(min(d.updated_at)) as oldest_dead_at, readback.utc(max(d.updated_at)) as newest_dead_at,
           (array_agg(d.entry_id order by d.entry_id))[1:3] as sample_entry_ids
    from readback.delivery d
    join readback.outbox o using (entry_id)
    where ${matchesDead(filter)}
    group by d.effect, d.cause
    order by count(*) desc, d.effect, d.cause`.execute(db.kysely)
  return rows
}
