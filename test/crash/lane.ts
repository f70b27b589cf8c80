/** Rounds that follow each other in a world of their own; lanes run side by side, because most of a round is waiting. */
import type { Role } from '../world/product.ts'
import { openWorld, type World } from '../world/world.ts'
import { type Dispatched, type Line, MATRIX } from './crash-matrix.ts'
import { type Outcome, runRound } from './round.ts'

export type Lane = {
  over: string
  dispatched: Dispatched
  lines: readonly Line[]
  /** Who goes on working meanwhile. */
  beside: readonly Role[]
  kafkaBrokers?: string
}

const BESIDE = {
  relay: ['worker', 'verifier'],
  // Two of them: one is there to take over.
  worker: ['relay', 'worker', 'verifier'],
  verifier: ['relay', 'worker', 'verifier'],
} as const

/** In one process: one lane with every point. Apart: one for each role that dies. */
export function lanesOf({ over, kafkaBrokers }: { over: string; kafkaBrokers?: string }): readonly Lane[] {
  if (!kafkaBrokers) return [{ over, dispatched: 'together', lines: MATRIX, beside: [] }]
  return (['relay', 'worker', 'verifier'] as const).map((role) => {
    const lines = MATRIX.filter((line) => line.role === role)
    return { over, dispatched: 'apart', lines, beside: BESIDE[role], kafkaBrokers }
  })
}

const faults = { writes: { weights: { 'reply-lost': 0.2, dropped: 0.05, 'error-before': 0.1 } } } as const
const terms = { prepared: true }
// Answers of the opaque provider take a while, so that a kill finds calls under way.
const PROVIDERS = {
  keyed: { plan: faults, terms },
  readable: { plan: faults, terms },
  opaque: { latencyMs: 100, terms },
}

// More would keep each other from starting.
const AT_ONCE = 2

/** What becomes of the rounds of each lane, by their points. */
export function runLanes(lanes: readonly Lane[]): ReadonlyMap<Lane, ReadonlyMap<string, Promise<Outcome>>> {
  const before: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve())
  return new Map(
    lanes.map((lane, nth) => {
      const { outcomes, closed } = runLane(lane, before[nth % AT_ONCE])
      before[nth % AT_ONCE] = closed
      return [lane, outcomes]
    }),
  )
}

/** A round that could not be run leaves none for those behind it. */
function runLane(lane: Lane, before: Promise<unknown> | undefined) {
  const world = Promise.resolve(before).then(() => openLaneWorld(lane))
  const outcomes = new Map<string, Promise<Outcome>>()
  let last: Promise<unknown> = world
  for (const line of lane.lines) {
    const outcome = last.then(async () => judged(await world, lane, line))
    outcomes.set(line.point, outcome)
    last = outcome
  }
  // Each is awaited by its test; until then a failure is nobody's surprise.
  for (const outcome of outcomes.values()) outcome.catch(() => {})
  const close = async () => (await world).close()
  return { outcomes, closed: last.then(close, close).catch(() => {}) }
}

async function openLaneWorld({ beside, kafkaBrokers }: Lane): Promise<World> {
  const world = await openWorld({ providers: PROVIDERS, ...(kafkaBrokers && { kafkaBrokers }) })
  await Promise.all(beside.map((role) => world.start(role)))
  return world
}

async function judged(world: World, { dispatched }: Lane, { role, point, nth }: Line): Promise<Outcome> {
  const outcome = await runRound(world, { role: dispatched === 'together' ? 'all' : role, point, nth })
  await world.check({ effects: outcome.stories.length / 2, faults: 3 })
  return outcome
}
