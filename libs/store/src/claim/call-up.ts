import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import { inOneRoundTrip } from '../connect/transaction.ts'
import type { EntryRefRow } from '../relay/due-entries.ts'
import { lockLines } from './free-slots.ts'

export type FreedSlots = { effect: string; tenant: string; slots: number }

/**
 * Lets the first ones go of those that wait for a slot of their tenant's limit of calls, as many as slots became free. They leave the line and
 * are due at once; the caller hands them over, and what he does not hand over the relay takes up like everything that is due.
 *
 * The lock is that of the claims: one that saw no slot free may not have committed what is to wait.
 */
export function callUp(db: Database, freed: readonly FreedSlots[]): Promise<readonly EntryRefRow[]> {
  const values = [freed.map((each) => each.effect), freed.map((each) => each.tenant), freed.map((each) => each.slots)]
  return inOneRoundTrip(db, async (client) => {
    const [, called] = await Promise.all([lockLines(client, freed), call(client, values)])
    return called
  })
}

const call = statement<EntryRefRow>(
  'call_up',
  `
  with freed as materialized (
    select * from unnest($1::text[], $2::text[], $3::int[]) as freed (effect, tenant, slots)
  ),
  first as materialized (
    select line.place
    from freed
    cross join lateral (
      select d.ctid as place
      from readback.delivery d
      where d.state = 'scheduled' and d.reason = 'concurrency' and d.queued_at is not null
        and d.effect = freed.effect and d.tenant = freed.tenant and coalesce(d.expires_at > now(), true)
      order by d.queued_at
      limit freed.slots
      -- Locked means: it is due, and being claimed, or somebody else calls it up.
      for update skip locked
    ) line
  ),
  up as (
    update readback.delivery d
    set queued_at = null, due_at = now(), updated_at = now()
    from first
    where d.ctid = first.place
    returning d.entry_id
  )
  select o.entry_id, o.tenant, o.effect, o.key, coalesce(o.ordering_key, o.key) as ordering_key, o.traceparent, o.priority
  from up
  cross join lateral (select * from readback.outbox o where o.entry_id = up.entry_id limit 1) o
  `,
)
