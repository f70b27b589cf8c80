import { isWrite, waitFor } from '@readback/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dispatches } from '../world/dispatches.ts'
import { intentsFor } from '../world/producer.ts'
import type { Role } from '../world/product.ts'
import { openWorld, type World } from '../world/world.ts'

const INTENTS = 1_500
/** What the budget allows over the first calls, whatever happens: its reserve, and what trickles in while the test waits. */
const RESERVE = 10
const TRICKLE_PER_MS = 0.1 / 1_000

const rolesFor = (brokers: string | undefined): Role[] =>
  brokers === undefined ? ['all', 'all'] : ['relay', 'worker', 'worker', 'verifier']

describe.each(await dispatches())('a provider that refuses everything, $over,', ({ kafkaBrokers }) => {
  let world: World

  beforeAll(async () => {
    // Without the budget each of them would be called thirty times within seconds.
    world = await openWorld({
      providers: { keyed: { plan: { writes: { weights: { unavailable: 1 } } }, terms: { maxAttempts: 30 } } },
      ...(kafkaBrokers && { kafkaBrokers }),
    })
    await Promise.all(rolesFor(kafkaBrokers).map((role) => world.start(role)))
  }, 120_000)
  afterAll(() => world.close())

  const calls = async () => (await world.provider('keyed').ledger()).filter(isWrite).length
  const waiting = async () => {
    const { rows } = await world.pool.query<{ count: number; attempts: number }>(
      `select count(*)::int as count, max(attempts) as attempts from readback.delivery where reason = 'retry_budget'`,
    )
    return rows[0] ?? { count: 0, attempts: 0 }
  }

  it('sees a tenth more than the first calls, from two processes; when it has healed, everything is done', async () => {
    const startedMs = performance.now()
    await world.producer.commit(intentsFor('keyed', 'storm', INTENTS))
    // Nearly all wait: those called again have used up what there was.
    await waitFor('the budget to be used up', async () => (await waiting()).count > INTENTS * 0.9, {
      withinMs: 120_000,
    })
    const seenBefore = await calls()
    await waitFor('some to ask again, and to be refused', async () => (await asked()) > INTENTS, { withinMs: 60_000 })
    const trickle = (performance.now() - startedMs) * TRICKLE_PER_MS
    const seen = await calls()
    expect(seen).toBeGreaterThanOrEqual(INTENTS)
    expect(seen).toBeLessThanOrEqual(INTENTS * 1.1 + RESERVE + trickle)
    expect(seen - seenBefore).toBeLessThanOrEqual(trickle + INTENTS * 0.1)
    // Waiting has cost no attempt.
    expect((await waiting()).attempts).toBeLessThan(12)

    await world.provider('keyed').plan('clean')
    await world.settled()
    await world.check({ effects: INTENTS })
  }, 300_000)

  /** How often entries were claimed, and put back, by their fences. */
  async function asked(): Promise<number> {
    const { rows } = await world.pool.query<{ fences: number }>(
      `select coalesce(sum(fence - attempts), 0)::int as fences from readback.delivery where state = 'scheduled'`,
    )
    return rows[0]?.fences ?? 0
  }
})
