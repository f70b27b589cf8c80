import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'

/** What a reference is made of; the same names as in the outbox. */
export type EntryRefRow = {
  entry_id: string
  tenant: string
  effect: string
  key: string
  ordering_key: string
  traceparent: string | null
  priority: number
}

export type DueRow = EntryRefRow & { fence: number; topic: 'deliver' | 'verify'; due_at: string }

/**
 * Entries whose time has come, the longest due first.
 *
 * A row that was due the moment it was written was handed over directly by its writer; it is taken up here only after
 * `handOverMs`, when that did not work. `recent` is what was published a moment ago; every claim changes the fence.
 * `after` is where the last page ended: rows that nobody claims must not stand before all others for ever.
 */
export async function dueEntries(
  db: Database,
  request: {
    shards: readonly number[]
    limit: number
    handOverMs: number
    recent: readonly { entryId: string; fence: number }[]
    after: { dueAt: string; entryId: string } | null
  },
): Promise<readonly DueRow[]> {
  return due(db.pool, [
    request.shards,
    request.limit,
    request.handOverMs,
    request.recent.map((each) => each.entryId),
    request.recent.map((each) => each.fence),
    request.after?.dueAt ?? '-infinity',
    request.after?.entryId ?? '00000000-0000-0000-0000-000000000000',
  ])
}

const due = statement<DueRow>(
  'due_entries',
  `
  with due as materialized (
    select d.entry_id, d.fence, d.state, d.due_at
    from readback.delivery d
    where d.due_at <= now()
      -- The first condition is for the index.
      and d.due_at >= $6::timestamptz
      and (d.due_at, d.entry_id) > ($6::timestamptz, $7::uuid)
      and d.shard = any ($1::smallint[])
      -- What is over waits for its end and for no worker; what is in doubt is looked at all the same.
      and (d.expires_at is null or d.expires_at > now() or d.state <> 'scheduled')
      and not (d.due_at = d.updated_at and d.due_at > now() - $3::float8 * interval '1 millisecond')
      and not exists (select from unnest($4::uuid[], $5::bigint[]) as recent (entry_id, fence)
                      where recent.entry_id = d.entry_id and recent.fence = d.fence)
    order by d.due_at, d.entry_id
    limit $2
  )
  select due.entry_id, due.fence, o.tenant, o.effect, o.key, coalesce(o.ordering_key, o.key) as ordering_key, o.traceparent, o.priority,
         case due.state when 'scheduled' then 'deliver' else 'verify' end as topic, due.due_at::text as due_at
  from due
  cross join lateral (select * from readback.outbox o where o.entry_id = due.entry_id limit 1) o
  order by due.due_at, due.entry_id
  `,
)
