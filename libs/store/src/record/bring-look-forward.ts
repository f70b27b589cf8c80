import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'

export type LookHint = {
  tenant: string
  effect: string
  about: { by: 'key' | 'external_id' | 'entry_id'; value: string }
  /** No look sooner than this after the last one, however many hints there are. */
  everyMs: number
}

/**
 * Somebody says that something may be seen now: the next look of the entry is due at once, if it waits for one. Answers how many looks
 * were brought forward. What is called, looked at, settled, dead, or waits to be called, is left as it is.
 */
export async function bringLookForward(db: Database, { tenant, effect, about, everyMs }: LookHint): Promise<number> {
  const named = (by: LookHint['about']['by']) => (about.by === by ? about.value : null)
  const values = [tenant, effect, named('key'), named('external_id'), named('entry_id'), everyMs]
  return (await bring(db.pool, values)).length
}

const bring = statement<{ entry_id: string }>(
  'bring_look_forward',
  `
  with named as materialized (
    select k.entry_id from readback.effect_key k where k.tenant = $1 and k.effect = $2 and k.key = $3
    union all
    -- Providers give an id once; one that does not must not have us look at everything.
    (select d.entry_id from readback.delivery d
     where d.effect = $2 and d.external_id = $4 and d.tenant = $1 and d.state in ('unknown', 'verifying')
     limit 10)
    union all
    select $5::uuid
  ),
  waiting as materialized (
    select d.ctid as place, greatest(now(), soonest.at) as due_at
    from readback.delivery d
    -- Since the last look nothing else has written to a row that waits for the next one.
    cross join lateral (select case when d.looks > 0 then d.updated_at + $6::float8 * interval '1 millisecond' end as at) soonest
    where d.entry_id = any (array(select entry_id from named))
      and d.tenant = $1 and d.effect = $2
      and d.state in ('unknown', 'verifying') and d.lease_owner is null
      and d.due_at > greatest(now(), soonest.at)
      -- A look that failed by itself waits longer each time, until a person is told: hints must not use that patience up.
      and d.misses = 0
    order by d.entry_id
    for update of d skip locked
  )
  update readback.delivery d
  -- Not updated_at: it is the time of the last look, and a row that was due when it was written would count as handed on.
  set due_at = waiting.due_at
  from waiting
  where d.ctid = waiting.place
  returning d.entry_id
  `,
)
