import { type Queryable, statement } from '../connect/statement.ts'

export type SlotRequest = { effect: string; tenant: string; callsMax: number; claimed: number }

/**
 * How many of the claims of this transaction fit under a limit of calls at the same time, counted over all processes. The
 * lock makes counting and claiming one step for everybody else.
 */
export async function freeSlots(on: Queryable, requests: readonly SlotRequest[]): Promise<readonly number[]> {
  const names = requests.map((each) => `${each.effect}/${each.tenant}`)
  await lock(on, [names])
  const rows = await count(on, [requests.map((each) => each.effect), requests.map((each) => each.tenant)])
  return requests.map((each, index) => Math.max(0, each.callsMax - ((rows[index]?.calling ?? 0) - each.claimed)))
}

const lock = statement(
  'lock_concurrency',
  `select pg_advisory_xact_lock(hashtextextended('readback.concurrency/' || name, 0))
   from (select name from unnest($1::text[]) as each (name) order by name) sorted`,
)

const count = statement<{ calling: number }>(
  'count_calling',
  `
  select (select count(*) from readback.delivery d where d.state = 'calling' and d.effect = want.effect and d.tenant = want.tenant) as calling
  from unnest($1::text[], $2::text[]) with ordinality as want (effect, tenant, place)
  order by place
  `,
)
