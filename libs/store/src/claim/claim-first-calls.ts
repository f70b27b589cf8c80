import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import { inOneRoundTrip } from '../connect/transaction.ts'
import { type CallClaimRequest, type ClaimedCall, within } from './call-batch.ts'
import { ABOUT_INTENT } from './claimed-entry.ts'
import { dropSettled } from './drop-settled.ts'

/** Calls of entries that nothing bounds: of each, the effect whose limits were asked for. */
export type FirstCallClaimRequest = Omit<CallClaimRequest, 'entries'> & {
  entries: readonly (CallClaimRequest['entries'][number] & { effect: string })[]
}

/**
 * Claims what is usual, in one round trip: entries that were never claimed, may be called at once, have no order and wait for nothing. Nothing has
 * to be decided before the commit where there is no limit, for the retry budget is about what was called before. Everything else is left
 * out, for `claimForCall`; so is an entry of an effect that was not named, whose limits nobody asked for.
 */
export function claimFirstCalls(db: Database, request: FirstCallClaimRequest): Promise<readonly ClaimedCall[]> {
  const { owner, leaseMs, entries } = request
  const batch = within(entries)
  // What is asked of an entry is asked of its effect, so that the rows of a batch need not be joined with its references.
  const effects = [...new Map(entries.map((entry) => [entry.effect, entry])).values()]
  const asked = [
    effects.map((each) => each.effect),
    effects.map((each) => each.version),
    effects.map((each) => each.timeoutMs),
  ]
  return inOneRoundTrip(db, (client) => dropSettled(client, batch, claim(client, [...batch, owner, leaseMs, ...asked])))
}

const claim = statement<ClaimedCall>(
  'claim_first_calls',
  `
  with usual as materialized (
    select o.*,
           -- A call ends within its time-out; of a version that the worker did not name, only the lease bounds it.
           case when o.effect_version = asked.version then asked.timeout_ms else $5::float8 end * interval '1 millisecond' as call_max,
           greatest(o.created_at, o.not_before) as retry_from
    from readback.outbox o
    join unnest($6::text[], $7::int[], $8::int[]) as asked (effect, version, timeout_ms) on asked.effect = o.effect
    -- Each row once, however often and in however many spellings its id was named: each is a call.
    where o.entry_id = any ($1::uuid[]) and o.entry_id between $2::uuid and $3::uuid
      and o.after is null and not o.ordered
      and coalesce(o.not_before <= now(), true) and coalesce(o.expires_at > now(), true)
    -- Two workers with overlapping batches take the rows in one order, so that they wait and never deadlock.
    order by o.entry_id
  ),
  begun as (
    insert into readback.delivery (entry_id, shard, tenant, effect, state, fence, attempts, lease_owner, lease_until,
                                   first_called_at, quiet_from, retry_from, expires_at)
    select entry_id, shard, tenant, effect, 'calling', 1, 1, $4::uuid, now() + $5::float8 * interval '1 millisecond',
           now(), now() + call_max, retry_from, expires_at
    from usual
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
