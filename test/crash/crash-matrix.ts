/** Where processes are killed, and what the intents that were under way may end as. */
import type { CrashPoint } from '@readback/service-kit'
import type { Story } from '../world/story.ts'
import type { Blow, Outcome, Round } from './round.ts'

type Line = {
  role: 'relay' | 'worker' | 'verifier'
  point: CrashPoint
  nth: number
  /** Whether calls may be under way in the dying process: alone in it, and with all the others. */
  callsUnderWay: { apart: boolean; together: boolean }
}

const NEVER = { apart: false, together: false }
const TOGETHER = { apart: false, together: true }
const ALWAYS = { apart: true, together: true }

/**
 * What was called and not recorded is unknown: it is done where somebody can look, and with a person where nobody can.
 * All else ends as if nothing had happened.
 */
const MATRIX: readonly Line[] = [
  { role: 'relay', point: 'captured', nth: 1, callsUnderWay: NEVER },
  { role: 'relay', point: 'published', nth: 2, callsUnderWay: TOGETHER },
  { role: 'relay', point: 'cursor_moved', nth: 2, callsUnderWay: TOGETHER },
  { role: 'worker', point: 'claimed', nth: 2, callsUnderWay: ALWAYS },
  { role: 'worker', point: 'called', nth: 5, callsUnderWay: ALWAYS },
  { role: 'worker', point: 'recorded', nth: 3, callsUnderWay: ALWAYS },
  { role: 'verifier', point: 'look_claimed', nth: 2, callsUnderWay: TOGETHER },
  { role: 'verifier', point: 'looked', nth: 5, callsUnderWay: TOGETHER },
  { role: 'verifier', point: 'settled', nth: 2, callsUnderWay: TOGETHER },
]

const blowOf = ({ role, point, nth }: Line): Blow => ({ role, point, nth })

/** In one process: a round for each point. */
export const ROUNDS_TOGETHER: readonly Round[] = MATRIX.map((line) => ({
  name: line.point,
  blows: [{ ...blowOf(line), role: 'all' }],
  beside: [],
}))

/** As processes of their own: relay, worker and verifier each die once in every round. */
export const ROUNDS_APART: readonly Round[] = [0, 1, 2].map((nth) => {
  const lines = ['relay', 'worker', 'verifier'].map((role) => MATRIX.filter((line) => line.role === role)[nth])
  const blows = lines.flatMap((line) => (line ? [blowOf(line)] : []))
  return { name: blows.map(({ point }) => point).join('+'), blows, beside: ['worker'] }
})

/** How often the intents of each class ended in each way. */
export const endsOf = (stories: readonly Story[]) => {
  const ends: Record<string, Record<string, number>> = { keyed: {}, readable: {}, opaque: {} }
  for (const { provider, entry } of stories) {
    const end = entry?.cause ?? entry?.state ?? 'lost'
    const ofClass = (ends[provider] ??= {})
    ofClass[end] = (ofClass[end] ?? 0) + 1
  }
  return ends
}

export const countWithAPerson = (stories: readonly Story[]): number =>
  stories.filter(({ entry }) => entry?.state === 'dead').length

/** Opaque ends that the table allows for a round. */
export const opaqueEnds = ({ blows, beside }: Round): readonly string[] => {
  const together = beside.length === 0
  const mayBeUnknown = MATRIX.filter(({ point }) => blows.some((blow) => blow.point === point)).some(
    ({ callsUnderWay }) => (together ? callsUnderWay.together : callsUnderWay.apart),
  )
  return mayBeUnknown ? ['acknowledged', 'unknown_outcome'] : ['acknowledged']
}

/** One row a round, as it is printed at the end. */
export function rowOf(dispatch: string, round: Round, { stories, recoveredMs, signals }: Outcome) {
  const count = (is: (story: Story) => boolean) => stories.filter(is).length
  const { keyed, readable, opaque } = endsOf(stories)
  return {
    dispatch,
    'killed at': round.name,
    kills: Object.values(signals).filter((signal) => signal === 'SIGKILL').length,
    keyed: shown(keyed),
    readable: shown(readable),
    opaque: shown(opaque),
    lost: count(({ entry }) => entry === undefined || entry.status === 'in_progress'),
    doubled: count(({ effects }) => effects.length > 1),
    'falsely done': count(({ entry, effects }) => entry?.state === 'done' && effects.length !== 1),
    'recovered in s': Math.round(recoveredMs / 100) / 10,
  }
}

const shown = (ends: Record<string, number> = {}) =>
  Object.entries(ends)
    .map(([end, count]) => `${count} ${end}`)
    .join(', ')
