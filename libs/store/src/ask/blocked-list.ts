import type { State, Status } from '@readback/lifecycle'
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import type { HeldBy } from './effect-status.ts'

export type BlockedRow = {
  /**
   * order   the entry is the first of its key, and others wait for it
   * after   the entry waits for others to be done
   * parked  the entry was put aside
   */
  blocked_by: 'order' | 'after' | 'parked'
  entry_id: string
  tenant: string
  effect_name: string
  key: string
  ordering_key: string
  state: State
  cause: string | null
  /** `needs_attention`: it will not go on by itself. */
  status: Status
  /** How many wait for it. */
  waiting: number
  since: string
  held_by: HeldBy[] | null
}

const ROWS = 100

/** Everything that is held, an ordering key in one row: what needs a person first, then what most others wait for. */
export async function blockedList(
  db: Database,
  filter: { tenant?: string; effect?: string } = {},
  limit = ROWS,
): Promise<BlockedRow[]> {
  const { rows } = await sql<BlockedRow>`
    with blocked as (
      select 'order' as blocked_by, first.entry_id, keys.waiting, next.created_at as since
      from (select tenant, ordering_key, count(*) - 1 as waiting from readback.ordering_queue group by 1, 2 having count(*) > 1) keys
      cross join lateral (
        select array_agg(entry_id order by position) as ids from (
          select q.entry_id, q.position from readback.ordering_queue q
          where q.tenant = keys.tenant and q.ordering_key = keys.ordering_key order by q.position limit 2) two
      ) heads
      cross join lateral (select heads.ids[1] as entry_id) first
      join readback.outbox next on next.entry_id = heads.ids[2]
      union all
      select d.reason, d.entry_id,
             (select count(*) from readback.blocker b where b.blocker_id = d.entry_id),
             case d.reason when 'after' then d.retry_from else d.updated_at end
      from readback.delivery d
      where d.state = 'held' and d.reason in ('after', 'parked')
    ),
    listed as (
      select b.blocked_by, o.entry_id, o.tenant, o.effect as effect_name, o.key, coalesce(o.ordering_key, o.key) as ordering_key,
             coalesce(d.state, 'pending') as state, coalesce(d.cause, d.reason) as cause,
             readback.status_of(coalesce(d.state, 'pending'), d.reason, o.entry_id) as status, b.waiting, b.since
      from blocked b
      join readback.outbox o using (entry_id)
      left join readback.delivery d using (entry_id)
      where ${sql.join(conditions(filter), sql` and `)}
    ),
    first_of_all as (
      select * from listed order by status = 'needs_attention' desc, waiting desc, since, entry_id limit ${limit}
    )
    select blocked_by, entry_id, tenant, effect_name, key, ordering_key, state, cause, status, waiting,
           readback.utc(since) as since, readback.held_by(entry_id) as held_by
    from first_of_all
    order by status = 'needs_attention' desc, waiting desc, first_of_all.since, entry_id`.execute(db.kysely)
  return rows
}

function conditions({ tenant, effect }: { tenant?: string; effect?: string }): RawBuilder<unknown>[] {
  return [
    sql`true`,
    ...(tenant === undefined ? [] : [sql`o.tenant = ${tenant}`]),
    ...(effect === undefined ? [] : [sql`o.effect = ${effect}`]),
  ]
}
