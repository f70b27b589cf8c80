import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dispatches } from '../world/dispatches.ts'
import { openWorld, type World } from '../world/world.ts'
import { countWithAPerson, endsOf, opaqueEnds, ROUNDS_APART, ROUNDS_TOGETHER, rowOf } from './crash-matrix.ts'
import { runRound } from './round.ts'

const faults = { writes: { weights: { 'reply-lost': 0.2, dropped: 0.05, 'error-before': 0.1 } } } as const
// Answers of the opaque provider take a while, so that a kill finds calls under way.
const SETUPS = { keyed: { plan: faults }, readable: { plan: faults }, opaque: { latencyMs: 100 } }

const rows: ReturnType<typeof rowOf>[] = []
afterAll(() => console.table(rows))

describe.each(await dispatches())('killed at a point, $over,', ({ over, kafkaBrokers }) => {
  let world: World
  let withAPerson = 0
  beforeAll(async () => {
    world = await openWorld({ providers: SETUPS, ...(kafkaBrokers && { kafkaBrokers }) })
  })
  afterAll(() => world.close())

  it.each(kafkaBrokers ? ROUNDS_APART : ROUNDS_TOGETHER)(
    '$name: everything settles or is with a person, once',
    async (round) => {
      const outcome = await runRound(world, round)
      rows.push(rowOf(over, round, outcome))
      withAPerson += countWithAPerson(outcome.stories)
      await world.check({ effects: outcome.stories.length / 2, faults: 3 })

      expect(Object.values(outcome.signals)).toEqual(round.blows.map(() => 'SIGKILL'))
      const { keyed = {}, readable = {}, opaque = {} } = endsOf(outcome.stories)
      expect({ keyed: Object.keys(keyed), readable: Object.keys(readable) }).toEqual({
        keyed: ['done'],
        readable: ['done'],
      })
      expect(opaqueEnds(round)).toEqual(expect.arrayContaining(Object.keys(opaque)))
    },
  )

  it('finds calls under way: where nobody can look, a person is told of them', () =>
    expect(withAPerson).toBeGreaterThan(0))
})
