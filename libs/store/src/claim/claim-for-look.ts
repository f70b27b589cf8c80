import type { AnswerMeaning, OutcomeClass } from '@readback/lifecycle'
import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import { ABOUT_INTENT, type ClaimedEntry } from './claimed-entry.ts'

export type ClaimedLook = ClaimedEntry & {
  external_id: string | null
  absences: number
  misses: number
  seen_present: boolean
  last_outcome: OutcomeClass | null
  last_means: AnswerMeaning | null
  /** Negative while a call of ours can still be under way. */
  quiet_ms: number
}

/** Claims entries that are due to be read back, each with a new fence and a lease; the others are left out. */
export async function claimForLook(
  db: Database,
  request: { owner: string; leaseMs: number; entryIds: readonly string[] },
): Promise<readonly ClaimedLook[]> {
  return claim(db.pool, [request.entryIds, request.owner, request.leaseMs])
}

const claim = statement<ClaimedLook>(
  'claim_for_look',
  `
  with due as materialized (
    select d.ctid as place
    from readback.delivery d
    where d.entry_id = any ($1::uuid[])
      and d.state in ('unknown', 'verifying') and d.lease_owner is null and d.due_at <= now()
    order by d.entry_id
    for update skip locked
  ),
  claimed as (
    update readback.delivery d
    set state       = 'verifying',
        fence       = d.fence + 1,
        looks       = d.looks + 1,
        lease_owner = $2::uuid,
        lease_until = now() + $3::float8 * interval '1 millisecond',
        due_at      = null,
        updated_at  = now()
    from due
    -- Locked above, so it is still there.
    where d.ctid = due.place
    returning d.*
  )
  select c.entry_id, c.fence, c.external_id, c.attempts, c.answered_calls, c.absences, c.misses, c.seen_present, c.last_outcome,
         c.last_means, c.prepared::text as prepared, o.payload::text as payload, ${ABOUT_INTENT},
         extract(epoch from clock_timestamp() - c.retry_from)::float8 * 1000 as since_commit_ms,
         extract(epoch from clock_timestamp() - c.first_called_at)::float8 * 1000 as since_first_call_ms,
         extract(epoch from c.expires_at - clock_timestamp())::float8 * 1000 as expires_in_ms,
         extract(epoch from clock_timestamp() - c.quiet_from)::float8 * 1000 as quiet_ms
  from claimed c
  cross join lateral (select * from readback.outbox o where o.entry_id = c.entry_id limit 1) o
  `,
)
