import type { PoolClient } from 'pg'
import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import { inTransactionAtOnce } from '../connect/transaction.ts'
import { markEndedOf } from '../relay/mark-ended.ts'
import { type CallClaimRequest, type ClaimedCall, within } from './call-batch.ts'
import { ABOUT_INTENT } from './claimed-entry.ts'
import { dropSettled } from './drop-settled.ts'
import { blockersOf, holdOf } from './hold-of.ts'

/** Decides which of the claimed may start now; runs inside the claim's transaction. */
export type Admit = (client: PoolClient, claimed: readonly ClaimedCall[]) => Promise<readonly ClaimedCall[]>

/**
 * Claims a batch for calling: inserts the live rows of new entries, takes over those that are due again, each with a new
 * fence and a lease. What is live elsewhere, settled or not due is left out. When this returns, the intention to call is
 * durable (A7).
 */
export async function claimForCall(
  db: Database,
  request: CallClaimRequest,
  admit: Admit,
): Promise<readonly ClaimedCall[]> {
  const { owner, leaseMs, entries } = request
  const batch = within(entries)
  const [ids, ...bounds] = batch
  const [timeouts, versions] = [entries.map((entry) => entry.timeoutMs), entries.map((entry) => entry.version)]
  let held: readonly string[] = []
  const admitted = await inTransactionAtOnce(db, async (client) => {
    const live = await dropSettled(client, batch, claim(client, [ids, timeouts, owner, leaseMs, versions, ...bounds]))
    held = idsOf(live.filter((row) => row.held))
    const begun = live.filter((row) => !row.held)
    return begun.length === 0 ? [] : admit(client, begun)
  })
  await letGoSooner(db, held)
  return admitted
}

type Claimed = ClaimedCall & { held: boolean }

const idsOf = (rows: readonly ClaimedCall[]) => rows.map((row) => row.entry_id)

/** Only sooner than the sweep, so nothing depends on it: least of all what was claimed beside them. */
async function letGoSooner(db: Database, held: readonly string[]): Promise<void> {
  if (held.length > 0) await markEndedOf(db, held).catch(() => {})
}

/** Of an intent `o`. */
const IN_BOUNDS = 'o.entry_id between $6::uuid and $7::uuid'

const claim = statement<Claimed>(
  'claim_for_call',
  `
  with ref as materialized (
    select * from unnest($1::uuid[], $2::int[], $5::int[]) as ref (entry_id, timeout_ms, version)
  ),
  fresh as (
    insert into readback.delivery (entry_id, shard, tenant, effect, state, attempts, lease_owner, lease_until,
                                   due_at, reason, first_called_at, quiet_from, retry_from, expires_at)
    select o.entry_id, o.shard, o.tenant, o.effect,
           case when hold.reason is not null then 'held' when later is not null then 'scheduled' else 'calling' end,
           case when now_called then 1 else 0 end,
           case when now_called then $3::uuid end,
           case when now_called then now() + $4::float8 * interval '1 millisecond' end,
           case when hold.reason is null then case later when 'expiring' then o.expires_at when 'not_before' then o.not_before end end,
           coalesce(hold.reason, later),
           case when now_called then now() end,
           case when now_called then now() + call.ms_max * interval '1 millisecond' end,
           greatest(o.created_at, o.not_before),
           o.expires_at
    from ref
    -- One probe a row (here and below): a join may read the whole of a table that the statistics call empty.
    cross join lateral (select * from readback.outbox o where o.entry_id = ref.entry_id and ${IN_BOUNDS} limit 1) o
    -- What is over gets its row as well, so that the relay finds it and ends it.
    cross join lateral (select case when o.expires_at <= now() then 'expiring' when o.not_before > now() then 'not_before' end) as due (later)
    -- What may not begin yet is held; evaluated once a row, thanks to the offset. What is due again (below) needs no such check: nothing
    -- gets before an entry that was first, and what an operator let go is not held again.
    cross join lateral (select ${holdOf('o')} offset 0) as hold (reason)
    cross join lateral (select later is null and hold.reason is null) as begins (now_called)
    -- A call ends within its time-out; of a version that the worker did not name, only the lease bounds it.
    cross join lateral (select case when o.effect_version = ref.version then ref.timeout_ms else $4::float8 end) as call (ms_max)
    -- Two workers with overlapping batches take the rows in one order, so that they wait and never deadlock.
    order by o.entry_id
    on conflict (entry_id) do nothing
    returning entry_id, state, reason, null::text as waited_for, false as uncalled, fence, attempts, answered_calls, retry_from, first_called_at, prepared, expires_at
  ),
  waits as (
    insert into readback.blocker (entry_id, blocker_id)
    select fresh.entry_id, needed.entry_id
    from fresh
    cross join lateral (select * from readback.outbox o where o.entry_id = fresh.entry_id and ${IN_BOUNDS} limit 1) o
    cross join lateral (${blockersOf('o', 'fresh.reason')}) needed
    where fresh.state = 'held'
    on conflict do nothing
  ),
  due as materialized (
    select d.place, d.waited_for, d.uncalled, case when o.effect_version = ref.version then ref.timeout_ms else $4::float8 end as call_ms_max
    from ref
    cross join lateral (
      select d.ctid as place, d.reason as waited_for, d.reason = 'concurrency' and d.queued_at is not null as uncalled
      from readback.delivery d
      where d.entry_id = ref.entry_id and d.state = 'scheduled' and d.due_at <= now()
        and coalesce(d.expires_at > now(), true)
      limit 1
      -- Locked means: somebody else is claiming it at this moment.
      for update skip locked
    ) d
    cross join lateral (select o.effect_version from readback.outbox o where o.entry_id = ref.entry_id and ${IN_BOUNDS} limit 1) o
  ),
  again as (
    update readback.delivery d
    set state           = 'calling',
        fence           = d.fence + 1,
        attempts        = d.attempts + 1,
        looks           = 0,
        absences        = 0,
        misses          = 0,
        lease_owner     = $3::uuid,
        lease_until     = now() + $4::float8 * interval '1 millisecond',
        due_at          = null,
        reason          = null,
        first_called_at = coalesce(d.first_called_at, now()),
        quiet_from      = now() + due.call_ms_max * interval '1 millisecond',
        updated_at      = now()
    from due
    -- Locked above, so it is still there.
    where d.ctid = due.place
    returning d.entry_id, d.state, d.reason, due.waited_for, due.uncalled, d.fence, d.attempts, d.answered_calls, d.retry_from, d.first_called_at, d.prepared, d.expires_at
  )
  select c.entry_id, c.fence, c.attempts, c.waited_for, c.uncalled, c.answered_calls, c.prepared::text as prepared,
         case c.state when 'calling' then o.payload::text end as payload, ${ABOUT_INTENT},
         extract(epoch from clock_timestamp() - c.retry_from)::float8 * 1000 as since_commit_ms,
         extract(epoch from clock_timestamp() - c.first_called_at)::float8 * 1000 as since_first_call_ms,
         extract(epoch from c.expires_at - clock_timestamp())::float8 * 1000 as expires_in_ms, c.state = 'held' as held
  from (select * from fresh union all select * from again) c
  cross join lateral (select * from readback.outbox o where o.entry_id = c.entry_id and ${IN_BOUNDS} limit 1) o
  where c.state in ('calling', 'held')
  `,
)
