import type { Fault, LedgerEntry } from '@readback/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dispatches } from '../world/dispatches.ts'
import { type Intent, intentsFor } from '../world/producer.ts'
import { EFFECTS, PROVIDER_CLASSES, type ProviderClass, TIMES } from '../world/provider-class.ts'
import type { Story } from '../world/story.ts'
import { openWorld, type World } from '../world/world.ts'

type Way = {
  name: string
  writes?: readonly Fault[]
  looks?: readonly Fault[]
  at: readonly ProviderClass[]
  /** The last word: a state, or the cause for which a person is needed. */
  ends: string
  calls: number
  effects: number
}

const LOOKED_AT = ['keyed', 'readable'] as const
const MAX_ATTEMPTS = 3
const ALWAYS = (fault: Fault): Fault[] => Array.from({ length: 2 * MAX_ATTEMPTS }, () => fault)
const RETRY_AFTER_MS = 1_000

const WAYS: readonly Way[] = [
  { name: 'all-goes-well', at: LOOKED_AT, ends: 'done', calls: 1, effects: 1 },
  { name: 'reply-lost', writes: ['reply-lost'], at: LOOKED_AT, ends: 'done', calls: 1, effects: 1 },
  { name: 'reset-before', writes: ['reset-before'], at: LOOKED_AT, ends: 'done', calls: 2, effects: 1 },
  { name: 'slow', writes: ['slow'], at: LOOKED_AT, ends: 'done', calls: 1, effects: 1 },
  {
    name: 'late',
    writes: [{ name: 'applied-late', delayMs: TIMES.callTimeoutMs + 50 }],
    at: LOOKED_AT,
    ends: 'done',
    calls: 1,
    effects: 1,
  },
  {
    name: 'shown-late',
    writes: [{ name: 'shown-late', delayMs: 150 }],
    at: LOOKED_AT,
    ends: 'done',
    calls: 1,
    effects: 1,
  },
  { name: 'dropped-once', writes: ['dropped'], at: LOOKED_AT, ends: 'done', calls: 2, effects: 1 },
  {
    name: 'dropped-always',
    writes: ALWAYS('dropped'),
    at: LOOKED_AT,
    ends: 'attempts_exhausted',
    calls: 3,
    effects: 0,
  },
  { name: 'error-before', writes: ['error-before'], at: LOOKED_AT, ends: 'done', calls: 2, effects: 1 },
  { name: 'error-after', writes: ['error-after'], at: LOOKED_AT, ends: 'done', calls: 1, effects: 1 },
  { name: 'poisoned', writes: ['replayed-500'], at: ['keyed'], ends: 'attempts_exhausted', calls: 3, effects: 0 },
  { name: 'truncated', writes: ['truncated'], at: LOOKED_AT, ends: 'done', calls: 1, effects: 1 },
  { name: 'malformed', writes: ['malformed'], at: LOOKED_AT, ends: 'done', calls: 1, effects: 1 },
  { name: 'doubled', writes: ['applied-twice'], at: LOOKED_AT, ends: 'duplicate_at_provider', calls: 1, effects: 2 },
  { name: 'stored-other', writes: ['stored-other'], at: LOOKED_AT, ends: 'mismatch', calls: 1, effects: 1 },
  { name: 'refused', writes: ['refused-400'], at: PROVIDER_CLASSES, ends: 'http_400', calls: 1, effects: 0 },
  { name: 'denied', writes: ['denied-403'], at: PROVIDER_CLASSES, ends: 'http_403', calls: 1, effects: 0 },
  { name: 'unavailable', writes: ['unavailable'], at: LOOKED_AT, ends: 'done', calls: 2, effects: 1 },
  { name: 'throttled', writes: ['rate-limited'], at: LOOKED_AT, ends: 'done', calls: 2, effects: 1 },
  { name: 'blind-look', looks: ['not-shown'], at: LOOKED_AT, ends: 'done', calls: 1, effects: 1 },
  { name: 'failed-look', looks: ['unavailable', 'malformed'], at: LOOKED_AT, ends: 'done', calls: 1, effects: 1 },
  { name: 'all-goes-well', at: ['opaque'], ends: 'acknowledged', calls: 1, effects: 1 },
  { name: 'reply-lost', writes: ['reply-lost'], at: ['opaque'], ends: 'unknown_outcome', calls: 1, effects: 1 },
  { name: 'reset-before', writes: ['reset-before'], at: ['opaque'], ends: 'unknown_outcome', calls: 1, effects: 0 },
  { name: 'slow', writes: ['slow'], at: ['opaque'], ends: 'unknown_outcome', calls: 1, effects: 1 },
  { name: 'unavailable', writes: ['unavailable'], at: ['opaque'], ends: 'acknowledged', calls: 2, effects: 1 },
  { name: 'dropped-once', writes: ['dropped'], at: ['opaque'], ends: 'acknowledged', calls: 1, effects: 0 },
]

const COPIES = 2

const travellers = WAYS.flatMap((way) =>
  way.at.flatMap((provider) => intentsFor(provider, way.name, COPIES).map((intent) => ({ way, intent }))),
)

const faultsFor = (provider: ProviderClass, direction: 'writes' | 'looks') => {
  const own = travellers.filter(({ intent }) => intent.provider === provider)
  return Object.fromEntries(own.map(({ way, intent }) => [intent.key, [...(way[direction] ?? [])]]))
}

const setupOf = (provider: ProviderClass) => ({
  plan: { writes: { byKey: faultsFor(provider, 'writes') }, looks: { byKey: faultsFor(provider, 'looks') } },
  terms: { maxAttempts: MAX_ATTEMPTS },
})

describe.each(await dispatches())('the way of an intent, $over', ({ kafkaBrokers }) => {
  let world: World
  let stories: Map<string, Story>

  beforeAll(async () => {
    world = await openWorld({
      providers: { keyed: setupOf('keyed'), readable: setupOf('readable'), opaque: setupOf('opaque') },
      ...(kafkaBrokers && { kafkaBrokers }),
    })
    await world.startUsual()
    await world.producer.rollBack(intentsFor('keyed', 'rolled-back', 3))
    await world.producer.commit(travellers.map(({ intent }) => intent))
    await world.settled()
    stories = new Map((await world.stories()).map((story) => [story.key, story]))
  }, 180_000)
  afterAll(() => world.close())

  it('keeps every promise on the way', () => world.check({ effects: 60, faults: 60 }))

  it.each(WAYS)(
    '$name at $at: ends $ends after $calls calls, with $effects effects',
    ({ name, at, ends, calls, effects }) => {
      const own = at.flatMap((provider) => intentsFor(provider, name, COPIES)).map(({ key }) => endOf(stories.get(key)))
      expect(own).toEqual(own.map(() => ({ ends, calls, effects })))
    },
  )

  it('waits as long as the provider asks for', () => {
    for (const { key } of LOOKED_AT.flatMap((provider) => intentsFor(provider, 'throttled', COPIES))) {
      const [first, second] = stories.get(key)?.calls ?? []
      expect(gapMs(first, second)).toBeGreaterThanOrEqual(RETRY_AFTER_MS)
    }
  })

  it('is told to anybody who has the key, receipt and history included', async () => {
    const [intent] = intentsFor('keyed', 'all-goes-well', 1)
    const status = await inSql(world, intent)
    expect(await onCommandLine(world, intent)).toEqual(status)
    expect(status).toEqual({
      tenant: 'acme',
      effect_name: EFFECTS.keyed.effect,
      key: 'all-goes-well-keyed-1',
      status: 'done',
      state: 'done',
      cause: null,
      entry_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      attempts: 1,
      receipt: {
        verdict: 'present',
        external_id: stories.get('all-goes-well-keyed-1')?.effects[0]?.id,
        observed_at: expect.stringMatching(/^2\d{3}-\d\d-\d\dT[\d:.]+Z$/),
        evidence: expect.objectContaining({ status: 200 }),
        kept: null,
        contract_version: 1,
      },
      history: ['committed', 'call', 'look', 'done'].map((what) =>
        expect.objectContaining({ what, at: expect.stringMatching(/Z$/) }),
      ),
      next: null,
      held_by: null,
      compensates: null,
      compensated_by: null,
    })
  })

  it('is told in other words where nobody can look, and where a person is needed', async () => {
    const [sent, lost] = ['all-goes-well', 'reply-lost'].map((name) => intentsFor('opaque', name, 1)[0])
    expect(await inSql(world, sent)).toMatchObject({ status: 'acknowledged', receipt: null, next: null })
    expect(await inSql(world, lost)).toMatchObject({
      status: 'needs_attention',
      state: 'dead',
      cause: 'unknown_outcome',
      next: { what: 'person', due_at: null },
    })
    const [never] = intentsFor('keyed', 'rolled-back', 1)
    expect(await inSql(world, never)).toMatchObject({ status: 'not_started', entry_id: null, history: [] })
  })
})

const endOf = (story: Story | undefined) => ({
  ends: story?.entry?.cause ?? story?.entry?.state,
  calls: story?.calls.length,
  effects: story?.effects.length,
})

const gapMs = (first: LedgerEntry | undefined, second: LedgerEntry | undefined) =>
  (second?.atMs ?? Number.NaN) - (first?.atMs ?? Number.NaN)

const named = (intent: Intent | undefined) => [intent?.tenant ?? '', intent?.effect ?? '', intent?.key ?? ''] as const

async function onCommandLine(world: World, intent: Intent | undefined): Promise<unknown> {
  const [tenant, effect, key] = named(intent)
  return (await world.run('status', effect, key, '--tenant', tenant, '--json')).json()
}

async function inSql(world: World, intent: Intent | undefined): Promise<unknown> {
  const { rows } = await world.pool.query<{ status: unknown }>('select readback.status($1, $2, $3)', [...named(intent)])
  return rows[0]?.status
}
