import { waitFor } from '@readback/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dispatches } from '../world/dispatches.ts'
import { type Intent, intentsFor } from '../world/producer.ts'
import type { Story } from '../world/story.ts'
import { openWorld, type World } from '../world/world.ts'

const ORDERED = { also: 'ordering: per_key' }
const HOSTILE = { 'reply-lost': 0.1, 'error-before': 0.1, 'error-after': 0.05, 'reset-before': 0.05, unavailable: 0.1 }
const ACCOUNTS = ['acc-1', 'acc-2', 'acc-3', 'acc-4']
const MOVES = 6
const SOON = { withinMs: 60_000, everyMs: 20 }

const movesOf = (account: string, count: number): Intent[] =>
  intentsFor('keyed', account, count).map((intent) => ({ ...intent, orderingKey: account }))

const [FIRST, MIDDLE] = ['first', 'middle'].map((name) => `${name}-readable-1`)
/** The last waits for the one in the middle, which is refused, and that one for the first. */
const chain = (): Intent[] =>
  [['first'], ['middle', FIRST], ['last', MIDDLE]].flatMap(([name = '', ...after]) =>
    intentsFor('readable', name, 1).map((intent) => ({ ...intent, orderingKey: 'chain', after: after.map(String) })),
  )

const BLOCKED = movesOf('acc-blocked', 3)
const [, BLOCKS, BEHIND] = BLOCKED

describe.each(await dispatches())('order, $over,', ({ kafkaBrokers }) => {
  let world: World
  let stories: Map<string, Story>

  const statusOf = async ({ tenant, effect, key }: Intent) =>
    (await world.pool.query('select readback.status($1, $2, $3)', [tenant, effect, key])).rows[0].status
  const deadOf = (key: string | undefined) => async () =>
    (await world.pool.query("select entry_id from readback.effect where key = $1 and state = 'dead'", [key])).rows[0]

  /** Two of each that calls. Returns how to let some die: a caller, and over Kafka the relay, between a release and its publication. */
  async function startAll(): Promise<(() => Promise<unknown>)[]> {
    if (!kafkaBrokers) {
      const [, dying] = await Promise.all([world.start('all'), world.start('all')])
      return [() => dying.kill9()]
    }
    const [relay, dying] = await Promise.all([
      world.start('relay', { READBACK_CRASH_AT: 'released:5' }),
      world.start('worker'),
      world.start('worker'),
      world.start('verifier'),
    ])
    await world.start('relay')
    return [() => dying.kill9(), () => relay.exited]
  }

  beforeAll(async () => {
    world = await openWorld({
      providers: {
        keyed: {
          plan: { writes: { weights: HOSTILE, byKey: { [BLOCKS?.key ?? '']: ['refused-400'] } } },
          terms: ORDERED,
        },
        readable: { plan: { writes: { byKey: { [String(MIDDLE)]: ['refused-400'] } } } },
      },
      ...(kafkaBrokers && { kafkaBrokers }),
    })
    const dying = await startAll()
    await world.producer.commit(ACCOUNTS.flatMap((account) => movesOf(account, MOVES)))
    const called = async () => (await world.provider('keyed').ledger()).length > 12
    await waitFor('some calls', called, SOON)
    await Promise.all(dying.map((process) => process()))
    // A refusal that the killed one did not hear would be found out by a look, and called again.
    await world.producer.commit([...chain(), ...BLOCKED])
  }, 120_000)
  afterAll(() => world.close())

  it('a dead one in the middle of a chain holds what follows, until it is replayed', async () => {
    const middle = await waitFor('the one in the middle to be refused', deadOf(MIDDLE), SOON)
    const last = chain()[2]
    expect(last && (await statusOf(last))).toMatchObject({
      status: 'needs_attention',
      cause: 'after',
      held_by: [{ key: MIDDLE, state: 'dead', cause: 'http_400' }],
    })
    await world.run('dead', 'replay', '--filter', `id=${middle.entry_id}`, '--reason', 'mended', '--yes')
    await waitFor('the last one to be done', async () => last && (await statusOf(last)).status === 'done', SOON)
  }, 120_000)

  it('a dead one blocks its key, and is listed, until a person lets the others pass', async () => {
    const blocks = await waitFor('one to be refused', deadOf(BLOCKS?.key), SOON)
    const isHeld = async () => BEHIND && (await statusOf(BEHIND)).state === 'held'
    await waitFor('the one behind it to be held', isHeld, SOON)
    const listed = (await world.run('blocked', 'list', '--jsonl')).stdout.trim().split('\n')
    expect(JSON.parse(listed[0] ?? '')).toMatchObject({ blocked_by: 'order', entry_id: blocks.entry_id, waiting: 1 })
    const skipped = await world.run('blocked', 'skip', blocks.entry_id, '--reason', 'is settled by hand', '--json')
    expect(skipped.json()).toMatchObject({ effect: 'updated' })
    await waitFor(
      'the one behind it to be done',
      async () => BEHIND && (await statusOf(BEHIND)).status === 'done',
      SOON,
    )
  }, 120_000)

  it('keeps every promise, over lost replies, errors and a worker that is killed', async () => {
    await world.settled()
    await world.check({ effects: ACCOUNTS.length * MOVES + 5, faults: 5 })
    stories = new Map((await world.stories()).map((story) => [story.key, story]))
    const ends = ACCOUNTS.flatMap((account) => movesOf(account, MOVES)).map(({ key }) => stories.get(key)?.entry?.state)
    expect(ends).toEqual(ends.map(() => 'done'))
  }, 120_000)

  it.each(ACCOUNTS)('calls those of %s one after another, in the order of their commits', (account) => {
    const own = movesOf(account, MOVES).map(({ key }) => stories.get(key))
    const calls = own.flatMap((story) => story?.calls ?? [])
    expect(calls.map(({ seq }) => seq)).toEqual(calls.map(({ seq }) => seq).sort((a, b) => a - b))
  })
})
