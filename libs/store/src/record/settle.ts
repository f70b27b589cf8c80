import type { Database } from '../connect/database.ts'
import { repeatIfLost } from '../connect/repeat-if-lost.ts'
import { statement } from '../connect/statement.ts'
import { LET_FOLLOWERS_GO } from './let-followers-go.ts'

export type SettleRecord = {
  entryId: string
  fence: number
  from: 'calling' | 'verifying'
  state: 'done' | 'acknowledged'
  /** The call of which nothing was written yet: that of an acknowledged entry, or the one right before the look. */
  call: { outcome: string; cause: string; evidence: string; durationMs: number } | null
  /** The look that saw the effect: only a done entry has one, and each has. */
  look: {
    verdict: string
    evidence: string
    durationMs: number
    /** JSON text of what the contract keeps of the effect. */
    kept?: string | null
  } | null
  externalId: string | null
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
    records.map((each) => each.externalId),
    records.map((each) => each.contractVersion),
    records.map((each) => each.committedAt),
    records.map((each) => each.call?.outcome ?? null),
    records.map((each) => each.call?.cause ?? null),
    records.map((each) => each.call?.evidence ?? null),
    records.map((each) => each.call?.durationMs ?? null),
    records.map((each) => each.look?.verdict ?? null),
    records.map((each) => each.look?.evidence ?? null),
    records.map((each) => each.look?.durationMs ?? null),
    records.map((each) => each.look?.kept ?? null),
  ]
  return repeatIfLost(() => end(db.pool, values))
}

const end = statement<Settled>(
  'settle',
  `
  with step as materialized (
    select * from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::int[], $8::timestamptz[],
                         $9::text[], $10::text[], $11::json[], $12::float8[], $13::text[], $14::json[], $15::float8[], $16::json[])
      as step (entry_id, fence, from_state, state, external_id, contract_version, committed_at,
               call_outcome, call_cause, call_evidence, call_ms, verdict, evidence, look_ms, kept)
  ),
  gone as (
    delete from readback.delivery d
    using step
    -- One probe a row: a join may read the whole table, whose statistics call it empty.
    cross join lateral (select p.ctid as place from readback.delivery p where p.entry_id = step.entry_id limit 1) held
    -- As plain conditions they could become a join of all that is under way with all of the batch.
    where d.ctid = held.place and (d.fence = step.fence and d.lease_owner = $1::uuid and d.state = step.from_state) is true
    returning step.*, d.tenant, d.effect, d.attempts, d.external_id as known_id, d.prepared,
              clock_timestamp() - step.look_ms * interval '1 millisecond' as look_began_at
  ),
  ${LET_FOLLOWERS_GO}
  insert into readback.settlement (entry_id, tenant, effect, state, verdict, evidence, external_id, contract_version, attempts, fence, owner,
                                   call_outcome, call_cause, call_evidence, call_began_at, committed_at, observed_at, kept, prepared)
  select entry_id, tenant, effect, state, verdict, evidence, coalesce(external_id, known_id), contract_version, attempts,
         -- A call and a look that are written together have a fence each.
         fence + (call_outcome is not null and verdict is not null)::int, $1::uuid,
         call_outcome, call_cause, call_evidence, coalesce(look_began_at, clock_timestamp()) - call_ms * interval '1 millisecond',
         committed_at, look_began_at, kept, prepared
  from gone
  returning entry_id, attempts, extract(epoch from settled_at - committed_at)::float8 * 1000 as commit_to_settled_ms
  `,
)
