import { waitFor } from '@readback/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dispatches } from '../world/dispatches.ts'
import { intentsFor } from '../world/producer.ts'
import { openWorld, type World } from '../world/world.ts'

const SOON = { withinMs: 60_000 }
// What is waited for lasts no longer than a call.
const EAGERLY = { withinMs: 60_000, everyMs: 5 }
const SLOW = { latencyMs: 200 }
const CALLS_AT_A_TIME = 6
const INTENTS = 60

const callsAt = async (world: World) =>
  (await world.provider('readable').ledger()).filter(({ method }) => method === 'POST').length

async function callersNow({ pool }: World): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    "select count(distinct lease_owner)::int as count from readback.delivery where state = 'calling'",
  )
  return rows[0]?.count ?? 0
}

describe.each(await dispatches())('processes, $over,', ({ kafkaBrokers }) => {
  let world: World
  beforeEach(async () => {
    world = await openWorld({ providers: { readable: SLOW, opaque: SLOW }, ...(kafkaBrokers && { kafkaBrokers }) })
  }, 60_000)
  afterEach(() => world.close(), 60_000)

  const callers = kafkaBrokers ? (['worker', 'worker'] as const) : (['all', 'all', 'all'] as const)
  const beside = kafkaBrokers ? (['relay', 'verifier'] as const) : ([] as const)
  const startShared = async () => {
    const [sharing] = await Promise.all([
      Promise.all(callers.map((role) => world.start(role, { READBACK_CONCURRENCY: String(CALLS_AT_A_TIME) }))),
      Promise.all(beside.map((role) => world.start(role))),
    ])
    return sharing
  }
  const commitBoth = () =>
    world.producer.commit([...intentsFor('readable', 'p', INTENTS), ...intentsFor('opaque', 'p', INTENTS)])

  it('that are stopped under load end their calls, and leave nothing unknown', async () => {
    const sharing = await startShared()
    await commitBoth()
    await waitFor('calls under way', async () => (await callsAt(world)) >= 6, SOON)
    const exits = await Promise.all(sharing.map((process) => process.stop()))
    expect(exits).toEqual(sharing.map(() => ({ code: 0, signal: null })))

    const { rows } = await world.pool.query<{ left: number; unknown: number }>(
      `select (select count(*)::int from readback.delivery where state in ('calling', 'unknown') or lease_owner is not null) as left,
              (select count(*)::int from readback.every_attempt where result = 'side_effect_unknown') as unknown`,
    )
    expect(rows[0]).toEqual({ left: 0, unknown: 0 })
    expect(await callsAt(world)).toBeLessThan(INTENTS)
    await startShared()
    await world.settled()
    await world.check({ effects: 2 * INTENTS })
  }, 180_000)

  it('share the work, and the share of one that is killed is taken over', async () => {
    const sharing = await startShared()
    await commitBoth()
    await waitFor('calls of each under way', async () => (await callersNow(world)) === sharing.length, EAGERLY)
    const [first] = sharing
    await first?.kill9()
    const killedAtMs = performance.now()
    await world.settled()
    console.log(`${kafkaBrokers ? 'over Kafka' : 'in process'}: all was taken over in`, seconds(killedAtMs))
    // Every call that was under way at the opaque provider is with a person now.
    await world.check({ effects: 2 * INTENTS - CALLS_AT_A_TIME })
    const stories = await world.stories()
    expect(stories.filter(({ attempts }) => attempts.some(({ cause }) => cause === 'lease_expired'))).not.toEqual([])
  }, 180_000)
})

const seconds = (sinceMs: number) => `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`
