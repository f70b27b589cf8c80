import { type Queryable, statement } from '../connect/statement.ts'

export type TurnRequest = {
  scope: string
  subject: string
  /** How many turns are wanted. */
  count: number
  /** Between two turns. */
  spacingMs: number
  /** Turns may be handed out this far ahead; whoever gets one waits for it in the process. */
  aheadMs: number
}

/** `granted` turns, the first in `first_in_ms`, the others each a spacing later. */
export type Turns = { scope: string; subject: string; first_in_ms: number; granted: number }

/**
 * Hands out turns of rate limits (GCRA): one row a subject holds the time of the next turn, so that the limit is the same
 * over all processes and restarts. To be run in the transaction of the claim.
 */
export async function takeTurns(on: Queryable, requests: readonly TurnRequest[]): Promise<readonly Turns[]> {
  const scopes = requests.map((each) => each.scope)
  const subjects = requests.map((each) => each.subject)
  await ensure(on, [scopes, subjects])
  return take(on, [
    scopes,
    subjects,
    requests.map((each) => each.count),
    requests.map((each) => each.spacingMs),
    requests.map((each) => each.aheadMs),
  ])
}

const ensure = statement(
  'ensure_limit_buckets',
  `
  insert into readback.limit_bucket (scope, subject, next_at)
  select scope, subject, now() from unnest($1::text[], $2::text[]) as want (scope, subject)
  order by scope, subject
  on conflict do nothing
  `,
)

const take = statement<Turns>(
  'take_turns',
  `
  with want as materialized (
    select * from unnest($1::text[], $2::text[], $3::int[], $4::float8[], $5::float8[]) as want (scope, subject, count, spacing_ms, ahead_ms)
  ),
  locked as materialized (
    select want.*, b.next_at
    from want
    join readback.limit_bucket b using (scope, subject)
    order by scope, subject
    for update of b
  ),
  timed as materialized (
    -- The clock is read after the lock was waited for.
    select *, extract(epoch from greatest(next_at, clock_timestamp()) - clock_timestamp())::float8 * 1000 as first_in_ms from locked
  ),
  granted as (
    select *, greatest(0, least(count, floor((ahead_ms - first_in_ms) / spacing_ms) + 1))::int as turns from timed
  ),
  moved as (
    update readback.limit_bucket b
    set next_at = clock_timestamp() + (granted.first_in_ms + granted.turns * granted.spacing_ms) * interval '1 millisecond'
    from granted
    where b.scope = granted.scope and b.subject = granted.subject and granted.turns > 0
  )
  select scope, subject, first_in_ms, turns as granted from granted
  `,
)
