import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'

/** How far the entries of one replay have come. */
export type ReplayProgress = {
  total: number
  under_way: number
  /** Found at the provider; this replay made no call for them. */
  landed: number
  /** Called by this replay, and settled. */
  sent: number
  /** Dead again. */
  failed: number
  /** Ended otherwise since: cancelled, discarded, expired. */
  skipped: number
}

/** Of the replay that ran under this idempotency key; null: none did. */
export async function replayProgress(db: Database, idempotencyKey: string): Promise<ReplayProgress | null> {
  const { rows } = await sql<ReplayProgress>`
    with replay as (
      select at, subject from readback.audit_event where idempotency_key = ${idempotencyKey} and action = 'replay'
    ),
    entry as (
      select coalesce(s.state, d.state) as state,
             exists (select from readback.every_attempt a
                     where a.entry_id = replayed.id::uuid and a.kind = 'call' and a.ended_at > replay.at) as was_called
      from replay
      cross join lateral jsonb_array_elements_text(replay.subject -> 'entries') as replayed (id)
      left join readback.settlement s on s.entry_id = replayed.id::uuid
      left join readback.delivery d on d.entry_id = replayed.id::uuid
    )
    select count(*) as total,
           count(*) filter (where state in ('scheduled', 'held', 'calling', 'unknown', 'verifying')) as under_way,
           count(*) filter (where state in ('done', 'acknowledged') and not was_called) as landed,
           count(*) filter (where state in ('done', 'acknowledged') and was_called) as sent,
           count(*) filter (where state = 'dead') as failed,
           count(*) filter (where state in ('cancelled', 'expired', 'discarded')) as skipped
    from entry
    having exists (select from replay)`.execute(db.kysely)
  return rows[0] ?? null
}
