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
  /** The line is not longer than this. */
  lineMaxMs: number
}

/**
 * `granted` turns, the first in `first_in_ms`, the others each a spacing later. Whoever got none joins the line, the first in `line_in_ms`, the
 * others each a spacing later.
 */
export type Turns = { scope: string; subject: string; first_in_ms: number; granted: number; line_in_ms: number }

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
    requests.map((each) => each.lineMaxMs),
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
    select * from unnest($1::text[], $2::text[], $3::int[], $4::float8[], $5::float8[], $6::float8[])
      as want (scope, subject, count, spacing_ms, ahead_ms, line_max_ms)
  ),
  locked as materialized (
    select want.*, b.next_at, b.line_until
    from want
    join readback.limit_bucket b using (scope, subject)
    order by scope, subject
    for update of b
  ),
  timed as materialized (
    -- The clock is read after the lock was waited for: of each row that is locked.
    select locked.*, extract(epoch from greatest(next_at, at) - at)::float8 * 1000 as first_in_ms,
           -- Whoever stands in line asks before its turn. If nobody has taken one that is long free, there is no line any more: what stood in it has
           -- expired or was cancelled.
           case when next_at < at - interval '1 second' then 0
                else extract(epoch from greatest(line_until, at) - at)::float8 * 1000 end as line_ms, at
    from locked cross join lateral (select clock_timestamp() as at where locked.next_at is not null offset 0) clock
  ),
  granted as (
    select *, greatest(0, least(count, floor((ahead_ms - first_in_ms) / spacing_ms) + 1))::int as turns from timed
  ),
  queued as (
    -- Also for one who comes from the line and finds his turn taken: it has become longer by one.
    select *, count - turns as joining, greatest(line_ms, first_in_ms + turns * spacing_ms) as line_in_ms from granted
  ),
  moved as (
    update readback.limit_bucket b
    set next_at = case when turns > 0 then at + (first_in_ms + turns * spacing_ms) * interval '1 millisecond' else b.next_at end,
        line_until = case when joining > 0
          then at + least(line_in_ms + joining * spacing_ms, line_max_ms) * interval '1 millisecond'
          else b.line_until end
    from queued
    where b.scope = queued.scope and b.subject = queued.subject
  )
  select scope, subject, first_in_ms, turns as granted, line_in_ms from queued
  `,
)
