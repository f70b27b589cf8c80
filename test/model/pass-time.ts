/**
 * Time passes at once. The clock of the database cannot be moved, so everything that it has written down of live rows is
 * moved into the past instead: to whoever compares with now(), that is the same.
 *
 * What has ended keeps its times, which are only read. Ids are made of the time too, and stay: see the sweep of `steps.ts`.
 */
import type { Bench } from './bench.ts'

export async function passTime({ db, clock }: Bench, ms: number): Promise<void> {
  await db.pool.query({ name: 'pass_time', text: PASS, values: [ms] })
  clock.pass(ms)
}

/** Moves what has ended as well, for whoever reads it beside the provider's ledger. */
export async function alignTimes({ db, clock: { leaps } }: Bench): Promise<void> {
  const values = [leaps.map(({ atMs }) => atMs / 1_000), leaps.map(({ ms }) => ms)]
  for (const text of ALIGN) await db.pool.query({ text, values })
}

const PASS = `
  with by as materialized (select $1::float8 * interval '1 millisecond' as time),
  live as (
    update readback.delivery
    set due_at = due_at - time, lease_until = lease_until - time, first_called_at = first_called_at - time,
        quiet_from = quiet_from - time, unknown_since = unknown_since - time, retry_from = retry_from - time,
        updated_at = updated_at - time, expires_at = expires_at - time
    from by
  ),
  intents as (
    update readback.outbox
    set created_at = created_at - time, not_before = not_before - time, expires_at = expires_at - time
    from by
  ),
  keys as (update readback.effect_key set expires_at = expires_at - time from by),
  processes as (update readback.process set seen_at = seen_at - time from by),
  leaders as (update readback.relay_cursor set lease_until = lease_until - time from by where lease_until is not null),
  turns as (update readback.limit_bucket set next_at = next_at - time from by),
  budgets as (update readback.retry_budget set filled_at = filled_at - time, asked_until = asked_until - time from by)
  select`

const agoOf = (column: string) =>
  `${column} = ${column} - (select coalesce(sum(ms), 0) from unnest($1::float8[], $2::float8[]) as leap (since, ms)
     where to_timestamp(since) > ${column}) * interval '1 millisecond'`

const ALIGN = [
  `update readback.attempt set ${agoOf('started_at')}, ${agoOf('ended_at')}`,
  `update readback.settlement set ${agoOf('call_began_at')}, ${agoOf('observed_at')}, ${agoOf('settled_at')}`,
  `update readback.enqueue_repeat set ${agoOf('at')}`,
  // Their chain breaks by it; nobody asks here.
  `update readback.audit_event set ${agoOf('at')}`,
]
