import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type LedgerEntry, maxCallsInWindow } from '@readback/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dispatches } from '../world/dispatches.ts'
import { intentsFor } from '../world/producer.ts'
import type { Role } from '../world/product.ts'
import type { Story } from '../world/story.ts'
import { openWorld, type World } from '../world/world.ts'

const TENANTS = ['acme', 'globex']
const RATE = { count: 30, windowMs: 1_000, intents: 90 }
const SLOTS = { count: 3, latencyMs: 120, intents: 30 }

/** Three processes of each kind that calls: a limit that each kept for itself would be broken threefold. */
const rolesFor = (brokers: string | undefined): Role[] =>
  brokers === undefined ? ['all', 'all', 'all'] : ['relay', 'worker', 'worker', 'worker', 'verifier']

describe.each(await dispatches())('limits over three processes, $over,', ({ kafkaBrokers }) => {
  let world: World
  let stories: Story[]
  let machineLateMs = 0

  beforeAll(async () => {
    world = await openWorld({
      providers: {
        keyed: { terms: { also: `limits: { per_tenant: ${RATE.count}/s }` } },
        readable: { latencyMs: SLOTS.latencyMs, terms: { also: `concurrency: { per_tenant: ${SLOTS.count} }` } },
      },
      ...(kafkaBrokers && { kafkaBrokers }),
    })
    await Promise.all(rolesFor(kafkaBrokers).map((role) => world.start(role)))
    const delays = monitorEventLoopDelay({ resolution: 5 })
    delays.enable()
    await world.producer.commit(
      TENANTS.flatMap((tenant) => [
        ...intentsFor('keyed', tenant, RATE.intents, tenant),
        ...intentsFor('readable', tenant, SLOTS.intents, tenant),
      ]),
    )
    await world.settled()
    machineLateMs = delays.max / 1e6
    stories = await world.stories()
  }, 180_000)
  afterAll(() => world.close())

  const callsOf = (provider: Story['provider'], tenant: string): LedgerEntry[] =>
    stories
      .filter((story) => story.provider === provider && story.entry?.tenant === tenant)
      .flatMap(({ calls }) => calls)

  it('loses nothing and calls once', async () => {
    await world.check({ effects: TENANTS.length * (RATE.intents + SLOTS.intents) })
    expect(new Set(stories.map(({ entry, calls }) => `${entry?.state}, ${calls.length} call`))).toEqual(
      new Set(['done, 1 call']),
    )
  })

  it('uses up no attempt by waiting', () => {
    expect(stories.map(({ entry }) => entry?.attempts)).toEqual(stories.map(() => 1))
  })

  it.each(TENANTS)('the provider never sees more of %s in a window than the rate', (tenant) => {
    const calls = callsOf('keyed', tenant)
    // What the machine held up arrives together; that much of the window cannot be judged.
    const judgedMs = RATE.windowMs - 2 * machineLateMs
    expect(maxCallsInWindow(calls, judgedMs)).toBeLessThanOrEqual(RATE.count)
    const times = calls.map(({ atMs }) => atMs)
    const spanMs = Math.max(...times) - Math.min(...times)
    expect(spanMs).toBeGreaterThan(((RATE.intents - RATE.count) / RATE.count) * RATE.windowMs)
  })

  it.each(TENANTS)('the provider never has more calls of %s at a time than there are slots', (tenant) => {
    // It answers after this long at the earliest, so whatever came in within this time was there together.
    const together = maxCallsInWindow(callsOf('readable', tenant), SLOTS.latencyMs)
    expect(together).toBeLessThanOrEqual(SLOTS.count)
    expect(together).toBeGreaterThan(1)
  })
})
