import { type Queryable, statement } from '../connect/statement.ts'

export type RetryRequest = {
  destination: string
  /** How many want to be called again. */
  count: number
  /** What calls have brought since this process asked the last time. */
  earned: number
}

export type RetryTerms = {
  tokensMax: number
  reserve: number
  tricklePerSecond: number
  firstWaitMs: number
  spacingMs: number
  waitMsMax: number
}

/** So many may be called again; of the others the first asks again after `wait_ms`, and each further one a spacing later. */
export type Retries = { destination: string; granted: number; wait_ms: number }

/**
 * Takes tokens of the budgets for calling again: one row a destination, so that the budget is the same over all processes and restarts.
 * To be run in the transaction of the claim, and only where something is called again. What is earned and then lost with a transaction,
 * or with a process, makes for fewer calls.
 */
export async function takeRetries(
  on: Queryable,
  requests: readonly RetryRequest[],
  terms: RetryTerms,
): Promise<readonly Retries[]> {
  const destinations = requests.map((each) => each.destination)
  await ensure(on, [destinations, terms.reserve])
  return take(on, [
    destinations,
    requests.map((each) => each.count),
    requests.map((each) => each.earned),
    terms.tokensMax,
    terms.reserve,
    terms.tricklePerSecond,
    terms.firstWaitMs,
    terms.spacingMs,
    terms.waitMsMax,
  ])
}

const ensure = statement(
  'ensure_retry_budgets',
  `
  insert into readback.retry_budget (destination, tokens, filled_at, asked_until)
  select destination, $2::float8, clock_timestamp(), now() from unnest($1::text[]) as want (destination)
  order by destination
  on conflict do nothing
  `,
)

const take = statement<Retries>(
  'take_retries',
  `
  with want as materialized (
    select * from unnest($1::text[], $2::int[], $3::float8[]) as want (destination, count, earned)
  ),
  locked as materialized (
    select want.*, b.tokens + want.earned as tokens, b.filled_at, b.asked_until
    from want
    join readback.retry_budget b using (destination)
    order by destination
    for update of b
  ),
  timed as materialized (
    -- The clock is read after the lock was waited for.
    select *, clock_timestamp() as at from locked
  ),
  filled as materialized (
    select destination, count, at,
           -- What trickles in fills up to the reserve, and takes nothing away from what is above it.
           least($4::float8, greatest(tokens, least($5::float8, tokens + extract(epoch from at - filled_at)::float8 * $6::float8))) as tokens,
           greatest(asked_until, at + $7::float8 * interval '1 millisecond') as asks_from
    from timed
  ),
  granted as materialized (
    -- A sum of tenths may be a little less than one.
    select *, least(count, floor(tokens + 1e-6))::int as turns from filled
  ),
  moved as (
    update readback.retry_budget b
    set tokens      = granted.tokens - granted.turns,
        filled_at   = granted.at,
        asked_until = least(granted.asks_from + (count - turns) * $8::float8 * interval '1 millisecond',
                            granted.at + $9::float8 * interval '1 millisecond')
    from granted
    where b.destination = granted.destination
  )
  select destination, turns as granted, extract(epoch from asks_from - at)::float8 * 1000 as wait_ms from granted
  `,
)
