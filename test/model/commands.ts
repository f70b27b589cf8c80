/** What may happen in a run, and how often. */

import type { Topic } from '@readback/dispatch'
import type { RelayStep } from '@readback/relay/steps'
import type { CrashPoint } from '@readback/service-kit'
import { closeBooks } from '@readback/store'
import { FAULTS, type FaultName } from '@readback/testing'
import fc from 'fast-check'
import type { Blow } from './body.ts'
import { checkBooks } from './check.ts'
import { Inside, Outside } from './command.ts'
import { type Enqueue, enqueue } from './enqueue.ts'
import { KEYS } from './intent.ts'
import { operate, VERBS } from './operate.ts'
import type { Place } from './stepped-world.ts'

const key = fc.constantFrom(...KEYS)

/** All within what the contracts of the test promise; time-outs are left out because they take their time. */
const WRITE_FAULTS: readonly FaultName[] = [
  'none',
  'reply-lost',
  'dropped',
  'lost-then-applied',
  'shown-late',
  'applied-twice',
  'stored-other',
  'rate-limited',
  'error-before',
  'error-after',
  'replayed-500',
  'unavailable',
  'refused-400',
  'denied-403',
  'reset-before',
  'truncated',
  'malformed',
  'redirect',
]
const LOOK_FAULTS: readonly FaultName[] = [
  'none',
  'none',
  'none',
  'reply-lost',
  'unavailable',
  'rate-limited',
  'malformed',
  'truncated',
]

const enqueueCommand = fc
  .record({
    key,
    amount: fc.constantFrom(1, 1, 1, 2),
    end: fc.constantFrom<Enqueue['end']>('commit', 'commit', 'commit', 'rollback'),
    inRow: fc.constantFrom(false, false, true),
    after: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, key),
  })
  // The contract of the opaque provider knows no order.
  .map((given) => ({ ...given, inRow: given.inRow && !given.key.startsWith('opaque') }))
  .map((given) => new Inside(saysEnqueue(given), (model, world) => enqueue(model, world, given)))

function saysEnqueue({ key, amount, end, inRow, after }: Enqueue): string {
  const options = `${inRow ? ' in the row' : ''}${after ? ` after ${after}` : ''}`
  return `enqueue ${key} with amount ${amount}${options}; ${end}`
}

const blowAt = (...points: CrashPoint[]): fc.Arbitrary<Blow | null> => noneOr(lethal(points))

const lethal = (points: readonly CrashPoint[]): fc.Arbitrary<Blow> =>
  fc.record({ at: fc.constantFrom(...points), how: fc.constantFrom('killed', 'frozen') })

const noneOr = (blow: fc.Arbitrary<Blow>): fc.Arbitrary<Blow | null> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, blow)

const STALLED: fc.Arbitrary<Blow> = fc.constant({ at: 'called', how: 'stalled' })

const saysBlow = (blow: Blow | null): string => (blow ? `, ${blow.how} when it has ${blow.at.replace('_', ' ')}` : '')

const deliveries = (topic: Topic, who: string, blow: fc.Arbitrary<Blow | null>) =>
  fc
    .record({ count: fc.constantFrom(1, 1, 100), places: fc.constantFrom<Place[]>([0], [1], [0, 1]), blow })
    .map((given) => {
      const { count, places } = given
      const says = `deliver ${count} to ${places.map((place) => `${who} ${place}`).join(' and ')}${saysBlow(given.blow)}`
      return new Inside(says, async (model, world) => {
        if (given.blow) model.struck()
        await world.deliver({ topic, ...given })
      })
    })

const relay = fc
  .oneof(
    fc.constantFrom<RelayStep>('republish', 'sweep', 'jobs', 'release').map((step) => ({ step, blow: null })),
    blowAt('captured', 'published', 'cursor_moved').map((blow) => ({ step: 'capture' as const, blow })),
  )
  .map(({ step, blow }) => new Inside(`relay: ${step}${saysBlow(blow)}`, async (_, world) => world.relay(step, blow)))

const weather = fc
  .record({ writes: fc.constantFrom(...WRITE_FAULTS), looks: fc.constantFrom(...LOOK_FAULTS) })
  .map(
    ({ writes, looks }) =>
      new Outside(`the provider: ${saysFault(writes)}; asked, ${saysFault(looks)}`, (_, world) =>
        world.weather(writes, looks),
      ),
  )

const saysFault = (name: FaultName): string => (name === 'none' ? 'as it should' : `${name} (${FAULTS[name].says})`)

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const time = fc
  .constantFrom(
    10 * SECOND_MS,
    45 * SECOND_MS,
    3 * MINUTE_MS,
    3 * MINUTE_MS,
    3 * MINUTE_MS,
    25 * HOUR_MS,
    28 * 24 * HOUR_MS,
  )
  .map(
    (ms) =>
      new Outside(`${ms / SECOND_MS} seconds pass`, async (model, world) => {
        model.time(ms)
        await world.pass(ms)
      }),
  )

const operator = fc
  .record({ verb: fc.constantFrom(...VERBS), key })
  .map(({ verb, key }) => new Inside(`an operator: ${verb} ${key}`, (model, world) => operate(model, world, verb, key)))

const kafka = fc.oneof(
  fc
    .constantFrom<Topic>('deliver', 'verify')
    .map(
      (topic) =>
        new Outside(`lose a reference to ${topic}`, async (_, { refs }) => refs.forget(topic, refs.first(topic, 1))),
    ),
  fc.constant(new Outside('wipe the topics', async (_, { refs }) => refs.wipe())),
  fc.constant(new Outside('rewind the topics', async (_, { refs }) => refs.rewind())),
)

const thaw = fc.constant(new Inside('who is frozen wakes up', (_, world) => world.thaw()))

const books = fc.constant(
  new Inside('the books of what has ended are closed', async (_, world) => {
    await closeBooks(world.bench.db, { pageRows: 2, againAfterMs: 0, openForMs: 0 })
    await checkBooks(world)
  }),
)

/** Most of what happens is that it works: or no run would get far. */
const works = fc.constant(
  new Inside('the relay does all its work, and what it publishes is delivered', async (_, world) => {
    for (const step of ['capture', 'jobs', 'release', 'republish'] as const) await world.relay(step)
    await world.drain()
  }),
)

export const commands = (replayPath: string | undefined) =>
  fc.commands(
    [
      enqueueCommand,
      enqueueCommand,
      enqueueCommand,
      works,
      works,
      weather,
      weather,
      time,
      deliveries('deliver', 'worker', noneOr(fc.oneof(lethal(['claimed', 'called', 'recorded']), STALLED))),
      deliveries('verify', 'verifier', blowAt('look_claimed', 'looked', 'settled')),
      relay,
      operator,
      kafka,
      books,
      thaw,
    ],
    { maxCommands: 40, size: 'medium', ...(replayPath !== undefined && { replayPath }) },
  )
