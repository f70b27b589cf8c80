import {
  type Effect,
  type FaultPlan,
  isWrite,
  type LedgerEntry,
  lessonCollections,
  type SpawnedLossyProvider,
  spawnLossyProvider,
} from '@readback/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contractOfDocs } from '../world/contract-of-docs.ts'
import { groupBy } from '../world/group-by.ts'
import { openWorld, type World } from '../world/world.ts'
import { type End, type Intent, LESSON_CASES, type LessonCase, SECRETS } from './lessons/lessons.ts'

/** Longer than anything takes to show at the provider. */
const SETTLE_FOR_MS = 4_000
const COME_BACK_AFTER_MS = 700

const FAULT_NAMES = ['reply-lost', 'dropped', 'error-after', 'error-before', 'reset-before'] as const

/** Beside what the lessons are about, half of the writes and a tenth of the looks go wrong. */
const FAULTS: FaultPlan = {
  writes: {
    byKey: { 'texts-1': [{ name: 'rate-limited', retryAfter: { as: 'body', ms: COME_BACK_AFTER_MS } }] },
    weights: { 'reply-lost': 0.3, dropped: 0.1, 'error-after': 0.1, 'error-before': 0.05, 'reset-before': 0.05 },
    seed: 3,
  },
  // The stale listing is there for a short while only: somebody has to see it then.
  looks: { byKey: { 'listings-7': [] }, weights: { unavailable: 0.05, 'reply-lost': 0.05 }, seed: 3 },
}

type Row = { key: string; status: string; cause: string | null }

describe('what real providers do, each by one contract of the documentation', () => {
  let provider: SpawnedLossyProvider
  let world: World
  let ledger: LedgerEntry[]

  beforeAll(async () => {
    provider = await spawnLossyProvider({ collections: lessonCollections(), plan: FAULTS, mail: true })
    world = await openWorld({
      contracts: LESSON_CASES.map(({ contract }) => contractOfDocs(contract, provider, SETTLE_FOR_MS)),
      secrets: SECRETS,
    })
    await world.startUsual()
    for (const lesson of LESSON_CASES) await enqueue(lesson)
    await world.settled()
    ledger = await provider.ledger()
  }, 180_000)
  afterAll(async () => {
    await world.close()
    await provider.stop()
  }, 60_000)

  async function enqueue({ effect, collection, intents }: LessonCase): Promise<void> {
    for (const [index, { payload, key }] of intents.entries()) {
      const row = ['acme', effect, key ?? keyOf(collection, index), JSON.stringify(payload)]
      await world.pool.query('select readback.enqueue($1, $2, $3, $4)', row)
    }
  }

  /** What the provider knows of a key, for whoever has to find out what went wrong. */
  const storyOf = (key: string) =>
    ledger
      .filter((call) => call.key === key)
      .map(({ direction, fault, atMs, status }) => [direction, fault, status, atMs])

  const writesTo = (collection: string) => ledger.filter((call) => call.collection === collection && isWrite(call))

  describe.each(LESSON_CASES)('$contract', (lesson) => {
    const { collection, effect, intents, each = 1 } = lesson

    it('ends every entry as it has to end', async () => {
      const { rows } = await world.pool.query<Row>(
        'select key, status, cause from readback.effect where effect_name = $1',
        [effect],
      )
      const ended = new Map(rows.map((row) => [row.key, row]))
      const wrong = intents.flatMap(({ key, ends = 'done', payload }, index) => {
        const row = ended.get(key ?? keyOf(collection, index))
        return row && hasEnded(row, ends) ? [] : [{ payload, row }]
      })
      expect(wrong).toEqual([])
    })

    it('has made everything that it calls done, and nothing twice', async () => {
      const effects = await provider.effects(collection)
      const perKey = [...groupBy(effects, ({ key }) => key ?? '')]
      const wrong = perKey
        .filter(([, made]) => made.length !== each)
        .map(([key, made]) => [key, made.length, storyOf(key)])
      expect(wrong).toEqual([])
      const leaving = intents.filter((intent) => leavesSomething(intent, effects))
      expect(perKey).toHaveLength(leaving.length)
    })
  })

  it('met its share of faults', () => {
    const met = ledger.filter(isWrite).map(({ fault }) => fault)
    const rare = FAULT_NAMES.filter((fault) => met.filter((one) => one === fault).length < 4)
    expect(rare).toEqual([])
  })

  it('sends the same bytes on every attempt', () => {
    const writes = [...groupBy(writesTo('transfers'), ({ key }) => key ?? '').values()]
    expect(writes.some(({ length }) => length > 1)).toBe(true)
    for (const attempts of writes) expect(new Set(attempts.map(({ fingerprint }) => fingerprint)).size).toBe(1)
  })

  it('comes back when the body says so', () => {
    const [first, second] = writesTo('texts').filter(({ key }) => key === 'texts-1')
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(COME_BACK_AFTER_MS)
  })

  it.each([
    ['payouts', '/v1/payouts/token'],
    ['timesheets', '/v1/timesheets/login'],
  ])('shares the tokens of %s', (collection, path) => {
    const tokens = ledger.filter((call) => call.path === path)
    const calls = ledger.filter((call) => call.collection === collection && call.path !== path)
    expect(tokens.length).toBeGreaterThan(0)
    expect(tokens.length).toBeLessThan(calls.length / 2)
  })

  it('keeps hostile values within their places', async () => {
    const labels = (await provider.effects('labels')).map(({ key, body }) => ({ key, text: body['text'] }))
    const { intents = [] } = LESSON_CASES.find(({ collection }) => collection === 'labels') ?? {}
    const meant = intents.map(({ key, payload }) => {
      const { shelf, title } = payload as { shelf: string; title: string }
      return { key, text: `<label shelf="${inMarkup(shelf)}"><title>${inMarkup(title)}</title></label>` }
    })
    expect(labels.toSorted(byKey)).toEqual(meant.toSorted(byKey))
  })
})

const keyOf = (collection: string, index: number) => `${collection}-${index + 1}`

const hasEnded = ({ status, cause }: Row, ends: End): boolean =>
  ends === 'done' ? status === 'done' : status === 'needs_attention' && ends.includes(cause ?? '')

/** What a person was told of may have left something, and what ended done must have. */
const leavesSomething = ({ ends = 'done', payload }: Intent, effects: readonly Effect[]): boolean =>
  ends === 'done' || effects.some(({ body }) => Object.entries(payload).every(([name, value]) => body[name] === value))

const inMarkup = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

type Keyed = { key?: string | null | undefined }

const byKey = (a: Keyed, b: Keyed) => String(a.key).localeCompare(String(b.key))
