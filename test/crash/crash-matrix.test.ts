import { CRASH_POINTS } from '@readback/service-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dispatches } from '../world/dispatches.ts'
import { PROVIDER_CLASSES } from '../world/provider-class.ts'
import { MATRIX } from './crash-matrix.ts'
import { lanesOf, runLanes } from './lane.ts'
import { countWithAPerson, endsOf, rowOf } from './shown.ts'

const lanes = (await dispatches()).flatMap(lanesOf)
const cells = lanes.flatMap((lane) => lane.lines.map((line) => ({ lane, line, over: lane.over, ...line })))

let outcomes: ReturnType<typeof runLanes>
const rows: ReturnType<typeof rowOf>[] = []
let withAPerson = 0

beforeAll(() => {
  outcomes = runLanes(lanes)
})
afterAll(() => console.table(rows))

it('the table has a line for every crash point that the code names', () =>
  expect(MATRIX.map(({ point }) => point).toSorted()).toEqual(CRASH_POINTS.toSorted()))

describe('killed alone', () => {
  it.each(cells)('at $point, $over: everything settles or is with a person, once', async ({ lane, line }) => {
    const outcome = await outcomes.get(lane)?.get(line.point)
    if (!outcome) throw new Error('This round was not run.')
    rows.push(rowOf(lane, line, outcome))
    withAPerson += countWithAPerson(outcome.stories)

    expect(outcome.signal).toBe('SIGKILL')
    const ends = endsOf(outcome.stories)
    for (const provider of PROVIDER_CLASSES) {
      expect(line.ends[lane.dispatched][provider], `ends at the ${provider} provider`).toEqual(
        expect.arrayContaining(Object.keys(ends[provider] ?? {})),
      )
    }
  })

  it('processes had calls under way: where nobody can look, a person is told of them', () =>
    expect(withAPerson).toBeGreaterThan(0))
})
