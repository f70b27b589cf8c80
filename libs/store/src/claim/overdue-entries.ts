import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import type { EntryRefRow } from '../relay/due-entries.ts'

// What a writer hands on itself, the relay publishes after 2 s: a reference that is there by then is seldom on its way.
const OVERDUE_MS = 3_000

/**
 * Entries that became due so long ago that their references must have stuck or got lost; the longest due first, `limit` at
 * most. By themselves they say nothing about who may have them: that is decided by the claim.
 */
export async function overdueEntries(
  db: Database,
  topic: 'deliver' | 'verify',
  limit = 500,
): Promise<readonly EntryRefRow[]> {
  return overdue(db.pool, [topic === 'deliver' ? ['scheduled'] : ['unknown', 'verifying'], OVERDUE_MS, limit])
}

const overdue = statement<EntryRefRow>(
  'overdue_entries',
  `
  with longest as materialized (
    select d.entry_id, d.state, d.due_at, d.expires_at
    from readback.delivery d
    where d.due_at <= now() - $2::float8 * interval '1 millisecond'
    order by d.due_at
    -- What is due may be many, and all for the other role: that is no reason to read all of it every second.
    limit 10 * $3::int
  ),
  taken as materialized (
    select entry_id, due_at from longest
    where state = any ($1::text[]) and (expires_at is null or expires_at > now() or state <> 'scheduled')
    order by due_at
    limit $3::int
  )
  select taken.entry_id, o.tenant, o.effect, o.key, coalesce(o.ordering_key, o.key) as ordering_key, o.traceparent, o.priority
  from taken
  cross join lateral (select * from readback.outbox o where o.entry_id = taken.entry_id limit 1) o
  order by taken.due_at
  `,
)
