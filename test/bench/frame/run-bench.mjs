// How every bench is run: its sides in turn, round after round, in an order that changes; only rounds that the machine was quiet in count.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { interval, median } from './interval.mjs'
import { describeMachine, watchOthers } from './machine.mjs'
import { draw, print } from './report.mjs'

/**
 * @typedef {object} Figure
 * @property {string} name in the JSON, and before it in the table
 * @property {string} unit `×` for a ratio, or `/s`, `µs`, `ms`, `MB`, `%`
 * @property {number} [floor] what it must reach, and `aim`, what it should. Both are measured in `unit`.
 * @property {number} [aim]
 * @property {'higher' | 'lower'} [better] by default higher
 * @property {(round: Record<string, any>) => number} of what one round says: its sides by their names, each with what it measured
 *
 * @typedef {object} Bench
 * @property {string} name
 * @property {string} about one sentence: what is measured, against what
 * @property {Record<string, { type: 'string' | 'boolean', default: any }>} options its own; `rounds`, `json` and `svg` are everybody's
 * @property {number} rounds how many by default
 * @property {(options: object) => Promise<{ close(): Promise<void> }>} open what all rounds share
 * @property {Record<string, (world: any, options: object, round: number) => Promise<object>>} sides
 * @property {string} [control] the side that others are compared with; it must do the same in every round
 * @property {(measured: any) => number} [controlOf] the number of the control that must not move
 * @property {readonly Figure[]} figures
 * @property {{ title: string, unit: string, bars: Record<string, string | number> }} [picture] for `--svg`: each bar is the figure of that name,
 *   or a number that is given
 */

const COMMON = {
  rounds: { type: 'string' },
  json: { type: 'boolean', default: false },
  /** A file for the picture, where the bench has one. */
  svg: { type: 'string' },
  /** Counts every round, however busy the machine was. For trying things out: such figures are marked. */
  'any-noise': { type: 'boolean', default: false },
}
// Of the whole machine, beside the bench itself.
const OTHERS_MAX = 0.1
const QUIET_ROUNDS_MIN = 0.6
// Between the slowest and the fastest quarter of the rounds of one and the same loop.
const CONTROL_SPREAD_MAX = 1.35

const TOO_NOISY = 3

/** Ends with 0, or with 3 when nothing can be said. */
export async function runBench(bench, args) {
  const { values } = parseArgs({ args, options: { ...COMMON, ...bench.options } })
  const wanted = Number(values.rounds ?? bench.rounds)
  if (!(wanted >= 1)) throw new Error(`--rounds needs a number of at least 1, and got "${values.rounds}".`)
  if (values.svg && !bench.picture) throw new Error(`The bench ${bench.name} has no picture.`)
  const world = await bench.open(values)
  const rounds = []
  try {
    for (let nth = 0; nth < wanted; nth += 1) rounds.push(await measureRound(bench, world, values, nth))
  } finally {
    await world.close()
  }
  const result = judge(bench, rounds, values)
  print(bench, result, values)
  if (values.svg && result.noise === null) writeFileSync(values.svg, draw(bench.picture, result))
  process.exitCode = result.noise === null ? 0 : TOO_NOISY
  return result
}

async function measureRound({ name, sides, figures }, world, options, nth) {
  const names = Object.keys(sides)
  const order = names.map((_, at) => names[(at + nth) % names.length])
  const round = {}
  let others = 0
  for (const side of nth % 2 === 0 ? order : order.toReversed()) {
    const share = watchOthers()
    round[side] = await sides[side](world, options, nth)
    others = Math.max(others, share() ?? 0)
  }
  const shown = figures.map((figure) => `${figure.name} ${figure.of(round).toPrecision(3)} ${figure.unit}`).join(', ')
  process.stderr.write(`${name} ${nth + 1}: ${shown}; others used ${(others * 100).toFixed(0)} % of the machine\n`)
  return { sides: round, others }
}

/** Exported for its test. */
export function judge(bench, rounds, options) {
  const quiet = rounds.filter(({ others }) => others <= OTHERS_MAX)
  const counted = options['any-noise'] ? rounds : quiet
  const noise = options['any-noise'] ? null : noiseOf(bench, rounds, quiet)
  const figures = bench.figures.map(({ of, ...figure }) => ({
    ...figure,
    ...(noise === null && interval(counted.map(({ sides }) => of(sides)))),
  }))
  return {
    bench: bench.name,
    machine: describeMachine(),
    rounds: rounds.length,
    counted: counted.length,
    others: median(rounds.map((round) => round.others)),
    noise,
    figures,
    measured: rounds,
  }
}

/** Why nothing can be said, or null. */
function noiseOf({ control, controlOf }, rounds, quiet) {
  if (quiet.length < rounds.length * QUIET_ROUNDS_MIN)
    return `in ${rounds.length - quiet.length} of ${rounds.length} rounds, others used more than ${OTHERS_MAX * 100} % of the machine`
  if (!controlOf || quiet.length < 4) return null
  const speeds = quiet.map(({ sides }) => controlOf(sides[control])).sort((one, other) => one - other)
  const quarter = Math.floor(speeds.length / 4)
  const spread = speeds.at(-1 - quarter) / speeds[quarter]
  if (spread <= CONTROL_SPREAD_MAX) return null
  return `the same ${control} loop was ${spread.toFixed(2)} times as fast in one quarter of the rounds as in another`
}
