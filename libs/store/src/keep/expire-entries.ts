import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import { LET_FOLLOWERS_GO } from '../record/let-followers-go.ts'

/** What has ended because its time was over. */
export type ExpiredEntry = {
  entry_id: string
  tenant: string
  effect: string
  key: string
  commit_to_settled_ms: number
}

/**
 * Ends entries that wait for a call which is not worth anything any more. What waits has provably done nothing, or was never called;
 * what is in doubt is in another state, and is looked at first.
 */
export const expireEntries = (db: Database, limit: number): Promise<readonly ExpiredEntry[]> => expire(db.pool, [limit])

const expire = statement<ExpiredEntry>(
  'expire_entries',
  `
  with over as materialized (
    select d.ctid as place
    from readback.delivery d
    where d.expires_at <= now() and d.state in ('scheduled', 'held')
    order by d.expires_at
    limit $1
    -- Locked means: it is being claimed, cancelled or replayed at this moment.
    for update skip locked
  ),
  gone as (
    delete from readback.delivery d
    using over
    where d.ctid = over.place
    returning d.*
  ),
  ${LET_FOLLOWERS_GO},
  settled as (
    insert into readback.settlement (entry_id, tenant, effect, state, cause, external_id, contract_version, attempts, fence, committed_at)
    select gone.entry_id, gone.tenant, gone.effect, 'expired', 'expired', gone.external_id, o.effect_version, gone.attempts, gone.fence + 1,
           o.created_at
    from gone
    cross join lateral (select * from readback.outbox o where o.entry_id = gone.entry_id limit 1) o
    returning entry_id, tenant, effect, committed_at, settled_at
  )
  select s.entry_id, s.tenant, s.effect, o.key, extract(epoch from s.settled_at - s.committed_at)::float8 * 1000 as commit_to_settled_ms
  from settled s
  cross join lateral (select o.key from readback.outbox o where o.entry_id = s.entry_id limit 1) o
  `,
)
