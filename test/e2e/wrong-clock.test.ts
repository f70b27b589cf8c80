import { isWrite, waitFor } from '@readback/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dispatches } from '../world/dispatches.ts'
import { type Intent, intentsFor } from '../world/producer.ts'
import type { Role, RoleProcess } from '../world/product.ts'
import { shiftedClock } from '../world/shifted-clock.ts'
import type { Story } from '../world/story.ts'
import { openWorld, type World } from '../world/world.ts'

const HOUR_MS = 3_600_000
const AHEAD = shiftedClock(HOUR_MS)
const BEHIND = shiftedClock(-HOUR_MS)
const PLAIN = 20

// No two of them agree on the time of day, and none is right.
const processesOver = (brokers: string | undefined): [Role, typeof AHEAD][] =>
  brokers === undefined
    ? [
        ['all', AHEAD],
        ['all', BEHIND],
      ]
    : [
        ['worker', AHEAD],
        ['worker', BEHIND],
        ['relay', AHEAD],
        ['verifier', BEHIND],
      ]

const [PLAIN_NAME, LATER, ENDING, LASTING, ASKED, KILLED] = ['plain', 'later', 'ending', 'lasting', 'asked', 'killed']
const one = (name: string) => `${name}-keyed-1`
const alone = (name: string, times: Partial<Intent> = {}) =>
  intentsFor('keyed', name, 1).map((intent) => ({ ...intent, ...times }))

describe.each(await dispatches())('processes an hour ahead and an hour behind, $over,', ({ kafkaBrokers }) => {
  let world: World
  let processes: RoleProcess[]
  let stories: Map<string, Story>

  beforeAll(async () => {
    const plan = {
      writes: {
        byKey: {
          [one(ENDING)]: Array.from({ length: 99 }, () => 'unavailable' as const),
          [one(ASKED)]: [{ name: 'rate-limited', retryAfter: { as: 'http-date', ms: 3_000 } } as const],
          [one(KILLED)]: [{ name: 'slow', delayMs: 1_500 } as const],
        },
      },
    }
    world = await openWorld({
      providers: { keyed: { plan, terms: { maxAttempts: 99 } } },
      ...(kafkaBrokers && { kafkaBrokers }),
    })
    processes = await Promise.all(processesOver(kafkaBrokers).map(([role, clock]) => world.start(role, clock)))
    await world.producer.commit([
      ...intentsFor('keyed', PLAIN_NAME, PLAIN),
      ...alone(LATER, { notBeforeInMs: 3_000 }),
      ...alone(ENDING, { expiresInMs: 6_000 }),
      ...alone(LASTING, { expiresInMs: 20 * 60_000 }),
      ...alone(ASKED),
      ...alone(KILLED),
    ])
    await killOne()
    await world.settled()
    stories = new Map((await world.stories()).map((story) => [story.key, story]))
  }, 180_000)
  afterAll(() => world.close())

  /** One of the two that call, while a call is under way. */
  async function killOne(): Promise<void> {
    const isCalling = async () => {
      const { rows } = await world.pool.query(`select from readback.effect where key = $1 and state = 'calling'`, [
        one(KILLED),
      ])
      return rows.length > 0
    }
    await waitFor('the slow call', isCalling, { withinMs: 60_000, everyMs: 5 })
    await processes[0]?.kill9()
  }

  const calls = (name: string) => (stories.get(one(name))?.calls ?? []).filter(isWrite).map(({ atMs }) => atMs)
  const stateOf = (name: string) => stories.get(one(name))?.entry?.state

  it('keep every promise, and take over from each other', async () => {
    await world.check({ effects: PLAIN + 4 })
    const plain = [...stories.values()].filter(({ key }) => key.startsWith(PLAIN_NAME))
    expect(plain.map(({ entry }) => entry?.state)).toEqual(plain.map(() => 'done'))
    expect(stateOf(KILLED)).toBe('done')
  })

  it('call nothing before its time, and what waits for it soon after', async () => {
    const { rows } = await world.pool.query<{ not_before: Date }>(
      'select not_before from readback.outbox where key = $1',
      [one(LATER)],
    )
    const notBeforeMs = rows[0]?.not_before.getTime() ?? 0
    const [calledMs = 0] = calls(LATER)
    expect(stateOf(LATER)).toBe('done')
    expect(calledMs).toBeGreaterThanOrEqual(notBeforeMs)
    expect(calledMs).toBeLessThan(notBeforeMs + 20_000)
  })

  it('call nothing after its end, and what still has time all the same', async () => {
    const { rows } = await world.pool.query<{ expires_at: Date }>(
      'select expires_at from readback.outbox where key = $1',
      [one(ENDING)],
    )
    expect(stateOf(ENDING)).toBe('expired')
    // However many calls it came to: the machine may be slow.
    expect(Math.max(0, ...calls(ENDING))).toBeLessThan(rows[0]?.expires_at.getTime() ?? 0)
    expect(stateOf(LASTING)).toBe('done')
  })

  it('come back when the provider asked for it, and not an hour later', () => {
    const [first = 0, second = 0] = calls(ASKED)
    expect(stateOf(ASKED)).toBe('done')
    // A date has whole seconds.
    expect(second - first).toBeGreaterThanOrEqual(1_900)
    expect(second - first).toBeLessThan(30_000)
  })
})
