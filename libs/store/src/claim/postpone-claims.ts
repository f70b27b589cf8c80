import { statement } from '../connect/statement.ts'
import { UNUSED_CLAIM } from './unused-claim.ts'

/**
 * Gives claims back unused, within the claim's own transaction or before the call: they wait for a limit, and no attempt
 * is used up (A4).
 *
 * Values: entry ids, fences, waits in ms, reasons.
 */
export const postponeClaims = statement<{ entry_id: string }>(
  'postpone_claims',
  `
  update readback.delivery d
  set ${UNUSED_CLAIM},
      due_at          = now() + wait.ms * interval '1 millisecond',
      reason          = wait.reason
  from unnest($1::uuid[], $2::bigint[], $3::float8[], $4::text[]) as wait (entry_id, fence, ms, reason)
  cross join lateral (select p.ctid as place from readback.delivery p where p.entry_id = wait.entry_id limit 1) held
  where d.ctid = held.place and d.fence = wait.fence and d.state = 'calling'
  returning d.entry_id
  `,
)
