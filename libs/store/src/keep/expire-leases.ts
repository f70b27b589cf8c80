import { MISSES_MAX } from '@readback/lifecycle'
import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'

/**
 * Takes entries back whose lease has run out. A call becomes an unknown outcome, never a free retry (A6); a look is
 * due again, and counts as one that came to nothing: an answer that ends the process which reads it must not be read for ever. Returns how
 * many.
 */
export async function expireLeases(db: Database, limit: number): Promise<{ calls: number; looks: number }> {
  const rows = await expire(db.pool, [limit, MISSES_MAX])
  const calls = rows.filter((row) => row.was_call).length
  return { calls, looks: rows.length - calls }
}

const expire = statement<{ was_call: boolean }>(
  'expire_leases',
  `
  with expired as materialized (
    select d.ctid as place, d.state = 'calling' as was_call, d.state <> 'calling' and d.misses + 1 >= $2 as worn_out
    from readback.delivery d
    where d.lease_until <= now()
    -- By the index of the condition: in order of their ids all rows would be gone through, dead letters too.
    order by d.lease_until
    limit $1
    for update skip locked
  ),
  moved as (
    update readback.delivery d
    set state         = case when worn_out then 'dead' when was_call or d.last_outcome is distinct from 'success' then 'unknown' else 'verifying' end,
        cause         = case when worn_out then 'inconclusive' end,
        misses        = d.misses + (not was_call)::int,
        last_outcome  = case when was_call then 'side_effect_unknown' else d.last_outcome end,
        last_means    = case when was_call then null else d.last_means end,
        unknown_since = case when not worn_out and (was_call or d.last_outcome is distinct from 'success') then coalesce(d.unknown_since, now()) end,
        -- A call is not begun if it could outlive its lease; but within it, it may have begun late.
        quiet_from    = case when was_call then greatest(d.quiet_from, d.lease_until) else d.quiet_from end,
        lease_owner   = null,
        lease_until   = null,
        due_at        = case when not worn_out then now() end,
        updated_at    = clock_timestamp()
    from expired
    -- Locked above, so it is still there.
    where d.ctid = expired.place
    returning d.entry_id, d.fence, was_call
  ),
  logged as (
    insert into readback.attempt (entry_id, fence, kind, result, cause, started_at)
    select entry_id, fence, case when was_call then 'call' else 'look' end,
           case when was_call then 'side_effect_unknown' else 'inconclusive' end, 'lease_expired', now()
    from moved
  )
  select was_call from moved
  `,
)
