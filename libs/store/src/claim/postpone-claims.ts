import { type Queryable, statement } from '../connect/statement.ts'
import { UNUSED_CLAIM } from './unused-claim.ts'

export type Postponed = {
  entryId: string
  fence: number
  ms: number
  /** What waits for `concurrency` stands in a line, by the time at which it came; see `callUp`. */
  reason: string
}

/**
 * Gives claims back unused, within the claim's own transaction or before the call: they wait for a limit, and no attempt
 * is used up (A4).
 */
export async function postponeClaims(on: Queryable, waits: readonly Postponed[]): Promise<readonly string[]> {
  const rows = await postpone(on, [
    waits.map((each) => each.entryId),
    waits.map((each) => each.fence),
    waits.map((each) => each.ms),
    waits.map((each) => each.reason),
  ])
  return rows.map((row) => row.entry_id)
}

const postpone = statement<{ entry_id: string }>(
  'postpone_claims',
  `
  update readback.delivery d
  set ${UNUSED_CLAIM},
      due_at          = now() + wait.ms * interval '1 millisecond',
      reason          = wait.reason,
      queued_at       = case
                          -- A step of priority is worth 30 s of waiting, here as in the queues.
                          when wait.reason = 'concurrency' then (select o.created_at - o.priority * interval '30 seconds'
                                from readback.outbox o where o.entry_id = d.entry_id limit 1)
                        end
  from unnest($1::uuid[], $2::bigint[], $3::float8[], $4::text[]) as wait (entry_id, fence, ms, reason)
  cross join lateral (select p.ctid as place from readback.delivery p where p.entry_id = wait.entry_id limit 1) held
  -- As plain conditions they could become a join of all that is under way with all of the batch.
  where d.ctid = held.place and (d.fence = wait.fence and d.state = 'calling') is true
  returning d.entry_id
  `,
)
