import type { Step, Verdict } from '@readback/lifecycle'
import type { Database } from '../connect/database.ts'
import { repeatIfLost } from '../connect/repeat-if-lost.ts'
import { statement } from '../connect/statement.ts'

export type LookRecord = {
  entryId: string
  fence: number
  step: Exclude<Step, { to: 'done' | 'acknowledged' }>
  verdict: Verdict
  cause: string
  status: number | null
  externalId: string | null
  evidence: string
  durationMs: number
}

/** Writes down what looks saw that did not settle the entry. Ids missing from the answer have lost their lease. */
export async function recordLooks(db: Database, owner: string, records: readonly LookRecord[]): Promise<Set<string>> {
  const values = [
    owner,
    records.map((each) => each.entryId),
    records.map((each) => each.fence),
    records.map((each) => each.step.to),
    records.map((each) => ('dueInMs' in each.step ? each.step.dueInMs : null)),
    records.map((each) => ('reason' in each.step ? each.step.reason : null)),
    records.map((each) => each.cause),
    records.map((each) => each.verdict),
    records.map((each) => each.externalId),
    records.map((each) => each.status),
    records.map((each) => each.evidence),
    records.map((each) => each.durationMs),
    records.map((each) => ('cause' in each.step ? each.step.cause : null)),
  ]
  const rows = await repeatIfLost(() => record(db.pool, values))
  return new Set(rows.map((row) => row.entry_id))
}

const record = statement<{ entry_id: string }>(
  'record_looks',
  `
  with step as materialized (
    select * from unnest($2::uuid[], $3::bigint[], $4::text[], $5::float8[], $6::text[], $7::text[], $8::text[], $9::text[],
                         $10::int[], $11::json[], $12::float8[], $13::text[])
      as step (entry_id, fence, state, due_in_ms, reason, cause, verdict, external_id, status, evidence, duration_ms, dead_cause)
  ),
  moved as (
    update readback.delivery d
    set state         = step.state,
        lease_owner   = null,
        lease_until   = null,
        due_at        = now() + step.due_in_ms * interval '1 millisecond',
        reason        = step.reason,
        cause         = step.dead_cause,
        external_id   = coalesce(step.external_id, d.external_id),
        -- A look that failed by itself says nothing about the effect, so it neither adds to nor ends a row of absences.
        absences      = case step.verdict when 'absent' then d.absences + 1 when 'inconclusive' then d.absences else 0 end,
        misses        = case step.verdict when 'inconclusive' then d.misses + 1 else 0 end,
        seen_present  = d.seen_present or step.verdict in ('pending', 'mismatch', 'duplicate'),
        unknown_since = case when step.state = 'unknown' then coalesce(d.unknown_since, now()) end,
        updated_at    = now()
    from step
    -- One probe a row: a join may read the whole table, whose statistics call it empty.
    cross join lateral (select p.ctid as place from readback.delivery p where p.entry_id = step.entry_id limit 1) held
    -- As plain conditions they could become a join of all that is under way with all of the batch.
    where d.ctid = held.place and (d.fence = step.fence and d.lease_owner = $1::uuid and d.state = 'verifying') is true
    returning step.*
  ),
  logged as (
    insert into readback.attempt (entry_id, fence, kind, result, cause, status, evidence, owner, started_at)
    select entry_id, fence, 'look', verdict, cause, status, evidence, $1::uuid, clock_timestamp() - duration_ms * interval '1 millisecond'
    from moved
  )
  select entry_id from moved
  `,
)
