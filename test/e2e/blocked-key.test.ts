import { type FaultPlan, waitFor } from '@readback/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { intentsFor } from '../world/producer.ts'
import { openWorld, type World } from '../world/world.ts'

const ORDERED = { also: 'ordering: per_key' }
const BLOCKED = 10_000
const SAMPLE = 60
const STEPS = 40
const SOON = { withinMs: 60_000, everyMs: 20 }

let world: World

beforeAll(async () => {
  const plan: FaultPlan = { writes: { byKey: { 'blocked-keyed-1': ['refused-400'] } } }
  world = await openWorld({ providers: { keyed: { plan, terms: ORDERED }, readable: {} } })
  await world.start('all')
}, 60_000)
afterAll(() => world.close())

/** How long it takes until this many of other keys, and as many without order, have ended. */
async function msOfOthers(name: string): Promise<number> {
  const intents = [...intentsFor('keyed', name, SAMPLE), ...intentsFor('readable', name, SAMPLE)]
  const beganAtMs = performance.now()
  await world.producer.commit(intents)
  await untilDone(name, intents.length)
  return performance.now() - beganAtMs
}

const untilDone = (name: string, count: number) =>
  waitFor(
    `all of ${name} to be done`,
    async () => {
      const read = `select count(*)::int as done from readback.effect where status = 'done' and starts_with(key, $1)`
      return (await world.pool.query(read, [name])).rows[0].done === count
    },
    SOON,
  )

it('goes through a chain of one key without a pause', async () => {
  const chain = intentsFor('keyed', 'chain', STEPS).map((intent) => ({ ...intent, orderingKey: 'chain' }))
  await world.producer.commit(chain)
  await untilDone('chain', STEPS)
  const { rows } = await world.pool.query<{ between: number; whole: number }>(
    `select percentile_cont(0.5) within group (order by between) as between, percentile_cont(0.5) within group (order by whole) as whole
     from (
       select extract(epoch from s.call_began_at - lag(s.settled_at) over chain)::float8 * 1000 as between,
              extract(epoch from s.settled_at - lag(s.settled_at) over chain)::float8 * 1000 as whole
       from readback.settlement s join readback.outbox o using (entry_id)
       where o.ordering_key = 'chain'
       window chain as (order by o.position)
     ) step`,
  )
  const [{ between, whole } = { between: Number.NaN, whole: Number.NaN }] = rows
  console.log(
    `a step of a chain takes ${whole.toFixed(1)} ms, ${between.toFixed(1)} ms of them from an end to the next call`,
  )
  // Measured by the call and the look between, on the same busy machine: each poll of an idle relay would cost dozens of those.
  expect(between).toBeLessThan(4 * (whole - between) + 20)
}, 90_000)

it('holds up nobody else, however many wait behind one dead entry', async () => {
  const beforeMs = await msOfOthers('before')
  await world.pool.query(
    `select count(*) from readback.enqueue_batch((
       select json_agg(json_build_object('tenant', 'acme', 'effect', 'invoice.issue', 'key', 'blocked-keyed-' || n, 'ordering_key', 'blocked',
         'payload', json_build_object('customer', 'c', 'amount', n, 'memo', 'm'))) from generate_series(1, $1) n))`,
    [BLOCKED],
  )
  const countHeld = async () =>
    (await world.pool.query("select count(*)::int from readback.delivery where state = 'held'")).rows[0].count
  await waitFor('all of them to be held', async () => (await countHeld()) === BLOCKED - 1, SOON)
  const behindMs = await msOfOthers('behind')
  console.log(
    `others took ${beforeMs.toFixed(0)} ms without, and ${behindMs.toFixed(0)} ms beside ${BLOCKED} that wait`,
  )
  expect(behindMs).toBeLessThan(2 * beforeMs + 1_000)
}, 180_000)
