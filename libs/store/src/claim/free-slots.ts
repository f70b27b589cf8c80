import { type Queryable, statement } from '../connect/statement.ts'

export type SlotRequest = { effect: string; tenant: string; callsMax: number; claimed: number }

/** A line is not counted further than to this many beyond the limit of calls. */
export const LINE_COUNTED_BEYOND = 100

/** `waiting` stand in line for them, as far as they are counted. */
export type FreeSlots = { free: number; waiting: number }

/**
 * How many of the claims of this transaction fit under a limit of calls at the same time, counted over all processes, and whether others
 * wait for that. The lock makes counting and claiming one step for everybody else.
 */
export async function freeSlots(on: Queryable, requests: readonly SlotRequest[]): Promise<readonly FreeSlots[]> {
  await lockLines(on, requests)
  const rows = await count(on, [
    requests.map((each) => each.effect),
    requests.map((each) => each.tenant),
    requests.map((each) => each.callsMax),
  ])
  return requests.map(({ callsMax, claimed }, index) => {
    const { calling = 0, waiting = 0 } = rows[index] ?? {}
    return { free: Math.max(0, callsMax - (calling - claimed)), waiting }
  })
}

/** Until the end of the transaction nobody else counts these slots, or calls up one that waits for them. */
export async function lockLines(on: Queryable, lines: readonly { effect: string; tenant: string }[]): Promise<void> {
  await lock(on, [lines.map((each) => `${each.effect}/${each.tenant}`)])
}

const lock = statement(
  'lock_concurrency',
  `select pg_advisory_xact_lock(hashtextextended('readback.concurrency/' || name, 0))
   from (select name from unnest($1::text[]) as each (name) order by name) sorted`,
)

const count = statement<{ calling: number; waiting: number }>(
  'count_calling',
  `
  select (select count(*) from readback.delivery d where d.state = 'calling' and d.effect = want.effect and d.tenant = want.tenant) as calling,
         (select count(*) from (
            select from readback.delivery d
            where d.state = 'scheduled' and d.reason = 'concurrency' and d.queued_at is not null
              and d.effect = want.effect and d.tenant = want.tenant and coalesce(d.expires_at > now(), true)
            -- For the index: without an order the whole line may be read to count some of it.
            order by d.queued_at
            limit want.calls_max + ${LINE_COUNTED_BEYOND}) line) as waiting
  from unnest($1::text[], $2::text[], $3::int[]) with ordinality as want (effect, tenant, calls_max, place)
  order by place
  `,
)
