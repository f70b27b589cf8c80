import type { Database } from './database.ts'
import { repeatIfLost } from './repeat-if-lost.ts'
import { statement } from './statement.ts'

export type SettleRecord = {
  entryId: string
  fence: number
  from: 'calling' | 'verifying'
  state: 'done' | 'acknowledged'
  /** The call before the look, where nothing was written between the two. */
  call?: { outcome: string; cause: string; status: number | null; evidence: string; durationMs: number }
  /** What the last call or look proved: an outcome class, or a verdict. */
  result: string
  cause: string | null
  status: number | null
  externalId: string | null
  evidence: string
  durationMs: number
  contractVersion: number
  /** As the claim gave it. */
  committedAt: string
}

export type Settled = { entry_id: string; commit_to_settled_ms: number; attempts: number }

/**
 * Ends entries: the live row goes, the settlement with its receipt stays. An entry that is missing from the answer has
 * lost its lease, and nothing of it was changed.
 */
export async function settle(
  db: Database,
  owner: string,
  records: readonly SettleRecord[],
): Promise<readonly Settled[]> {
  const values = [
    owner,
    records.map((each) => each.entryId),
    records.map((each) => each.fence),
    records.map((each) => each.from),
    records.map((each) => each.state),
    records.map((each) => each.result),
    records.map((each) => each.cause),
    records.map((each) => each.status),
    records.map((each) => each.externalId),
    records.map((each) => each.evidence),
    records.map((each) => each.durationMs),
    records.map((each) => each.contractVersion),
    records.map((each) => each.committedAt),
    records.map((each) => each.call?.outcome ?? null),
    records.map((each) => each.call?.cause ?? null),
    records.map((each) => each.call?.status ?? null),
    records.map((each) => each.call?.evidence ?? null),
    records.map((each) => each.call?.durationMs ?? null),
  ]
  return repeatIfLost(() => end(db.pool, values))
}

const end = statement<Settled>(
  'settle',
  `
  with step as materialized (
    select *, fence + (call_outcome is not null)::int as last_fence
    from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::text[], $10::json[],
                $11::float8[], $12::int[], $13::timestamptz[], $14::text[], $15::text[], $16::int[], $17::json[], $18::float8[])
      as step (entry_id, fence, from_state, state, result, cause, status, external_id, evidence, duration_ms, contract_version,
               committed_at, call_outcome, call_cause, call_status, call_evidence, call_duration_ms)
  ),
  gone as (
    delete from readback.delivery d
    using step
    where d.entry_id = step.entry_id and d.fence = step.fence and d.lease_owner = $1::uuid
      and d.state is not distinct from step.from_state
    returning step.*, d.tenant, d.effect, d.attempts, d.external_id as known_id,
              clock_timestamp() - step.duration_ms * interval '1 millisecond' as last_began_at
  ),
  logged as (
    insert into readback.attempt (entry_id, fence, kind, result, cause, status, evidence, owner, started_at, ended_at)
    select entry_id, fence, 'call', call_outcome, call_cause, call_status, call_evidence, $1::uuid,
           last_began_at - call_duration_ms * interval '1 millisecond', last_began_at
    from gone
    where call_outcome is not null
    union all
    select entry_id, last_fence, case state when 'acknowledged' then 'call' else 'look' end, result, cause, status, evidence, $1::uuid,
           last_began_at, clock_timestamp()
    from gone
  )
  insert into readback.settlement (entry_id, tenant, effect, state, verdict, evidence, external_id, contract_version, attempts, fence,
                                   committed_at, observed_at)
  select entry_id, tenant, effect, state, case state when 'done' then result end, evidence, coalesce(external_id, known_id),
         contract_version, attempts, last_fence, committed_at, case state when 'done' then last_began_at end
  from gone
  returning entry_id, attempts, extract(epoch from settled_at - committed_at)::float8 * 1000 as commit_to_settled_ms
  `,
)
