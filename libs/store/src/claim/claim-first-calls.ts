import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import { inOneRoundTrip } from '../connect/transaction.ts'
import { batchOf, type CallClaimRequest, type ClaimedCall, IN_BOUNDS } from './call-batch.ts'
import { ABOUT_INTENT } from './claimed-entry.ts'
import { dropSettled } from './drop-settled.ts'

/** Calls of entries that nothing bounds: of each, the effect whose limits were asked for. */
export type FirstCallClaimRequest = Omit<CallClaimRequest, 'entries'> & {
  entries: readonly (CallClaimRequest['entries'][number] & { effect: string })[]
}

/**
 * Claims what is usual, in one round trip: entries that were never claimed, may be called at once, have no order and wait for nothing. Nothing has
 * to be decided before the commit where there is no limit, for the retry budget is about what was called before. Everything else is left
 * out, for `claimForCall`; so is an entry of another effect than was named, whose limits nobody asked for.
 */
export function claimFirstCalls(db: Database, request: FirstCallClaimRequest): Promise<readonly ClaimedCall[]> {
  const { within, values } = batchOf(request)
  const effects = request.entries.map((entry) => entry.effect)
  return inOneRoundTrip(db, (client) => dropSettled(client, within, claim(client, [...values, effects])))
}

const claim = statement<ClaimedCall>(
  'claim_first_calls',
  `
  with ref as materialized (
    select * from unnest($1::uuid[], $2::int[], $5::int[], $8::text[]) as ref (entry_id, timeout_ms, version, effect)
  ),
  usual as materialized (
    -- Once, however often and in however many spellings its id was named: each row here is a call.
    select distinct on (o.entry_id) o.*,
           -- A call ends within its time-out; of a version that the worker did not name, only the lease bounds it.
           case when o.effect_version = ref.version then ref.timeout_ms else $4::float8 end * interval '1 millisecond' as call_max,
           greatest(o.created_at, o.not_before) as retry_from
    from ref
    -- One probe a row: a join may read the whole of a table that the statistics call empty.
    cross join lateral (select * from readback.outbox o where o.entry_id = ref.entry_id and ${IN_BOUNDS} limit 1) o
    where o.effect = ref.effect and o.after is null and not o.ordered
      and coalesce(o.not_before <= now(), true) and coalesce(o.expires_at > now(), true)
    order by o.entry_id
  ),
  begun as (
    insert into readback.delivery (entry_id, shard, tenant, effect, state, fence, attempts, lease_owner, lease_until,
                                   first_called_at, quiet_from, retry_from, expires_at)
    select entry_id, shard, tenant, effect, 'calling', 1, 1, $3::uuid, now() + $4::float8 * interval '1 millisecond',
           now(), now() + call_max, retry_from, expires_at
    from usual
    -- Two workers with overlapping batches take the rows in one order, so that they wait and never deadlock.
    order by entry_id
    on conflict (entry_id) do nothing
    returning entry_id
  )
  select o.entry_id, 1::bigint as fence, 1 as attempts, null as waited_for, false as uncalled, 0 as answered_calls, null as prepared,
         o.payload::text as payload, ${ABOUT_INTENT},
         extract(epoch from clock_timestamp() - o.retry_from)::float8 * 1000 as since_commit_ms,
         extract(epoch from clock_timestamp() - now())::float8 * 1000 as since_first_call_ms,
         extract(epoch from o.expires_at - clock_timestamp())::float8 * 1000 as expires_in_ms
  from usual o
  -- Not as a plain condition, which becomes a join that may try every pair: like this it is a table of hashes.
  where (o.entry_id in (select begun.entry_id from begun)) is true
  `,
)
