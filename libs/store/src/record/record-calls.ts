import type { Step } from '@readback/lifecycle'
import type { Database } from '../connect/database.ts'
import { repeatIfLost } from '../connect/repeat-if-lost.ts'
import { statement } from '../connect/statement.ts'

export type CallRecord = {
  entryId: string
  fence: number
  step: Exclude<Step, { to: 'done' | 'acknowledged' }>
  outcome: string
  means: string | null
  cause: string
  status: number | null
  externalId: string | null
  evidence: string
  durationMs: number
  /** Whether a look right after the call saw something of it. */
  seen: boolean
}

/**
 * Writes down how calls ended and where their entries go next. Returns the ids that were written; one that is missing
 * has lost its lease, and nothing of it was changed.
 */
export async function recordCalls(db: Database, owner: string, records: readonly CallRecord[]): Promise<Set<string>> {
  const values = [
    owner,
    records.map((each) => each.entryId),
    records.map((each) => each.fence),
    records.map((each) => each.step.to),
    records.map((each) => ('dueInMs' in each.step ? each.step.dueInMs : null)),
    records.map((each) => ('reason' in each.step ? each.step.reason : null)),
    records.map((each) => each.cause),
    records.map((each) => each.outcome),
    records.map((each) => each.means),
    records.map((each) => each.externalId),
    records.map((each) => each.status),
    records.map((each) => each.evidence),
    records.map((each) => each.durationMs),
    records.map((each) => ('cause' in each.step ? each.step.cause : null)),
    records.map((each) => each.seen),
  ]
  const rows = await repeatIfLost(() => record(db.pool, values))
  return new Set(rows.map((row) => row.entry_id))
}

const record = statement<{ entry_id: string }>(
  'record_calls',
  `
  with step as materialized (
    select * from unnest($2::uuid[], $3::bigint[], $4::text[], $5::float8[], $6::text[], $7::text[], $8::text[], $9::text[],
                         $10::text[], $11::int[], $12::json[], $13::float8[], $14::text[], $15::boolean[])
      as step (entry_id, fence, state, due_in_ms, reason, cause, outcome, means, external_id, status, evidence, duration_ms, dead_cause, seen)
  ),
  moved as (
    update readback.delivery d
    set state          = step.state,
        lease_owner    = null,
        lease_until    = null,
        due_at         = now() + step.due_in_ms * interval '1 millisecond',
        reason         = step.reason,
        cause          = step.dead_cause,
        last_outcome   = step.outcome,
        last_means     = step.means,
        external_id    = coalesce(step.external_id, d.external_id),
        answered_calls = d.answered_calls + (step.outcome = 'success')::int,
        quiet_from     = now(),
        seen_present   = d.seen_present or step.seen,
        unknown_since  = case when step.state = 'unknown' then coalesce(d.unknown_since, now()) end,
        updated_at     = now()
    from step
    -- One probe a row: a join may read the whole table, whose statistics call it empty.
    cross join lateral (select p.ctid as place from readback.delivery p where p.entry_id = step.entry_id limit 1) held
    -- As plain conditions they could become a join of all that is under way with all of the batch.
    where d.ctid = held.place and (d.fence = step.fence and d.lease_owner = $1::uuid and d.state = 'calling') is true
    -- The step comes back with its row: joining the two again costs the square of the batch.
    returning step.*
  ),
  logged as (
    insert into readback.attempt (entry_id, fence, kind, result, cause, status, evidence, owner, started_at)
    select entry_id, fence, 'call', outcome, cause, status, evidence, $1::uuid, clock_timestamp() - duration_ms * interval '1 millisecond'
    from moved
  )
  select entry_id from moved
  `,
)
