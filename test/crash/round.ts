/** One round of killing: processes that end themselves at a named point under load, are started again, and must have lost nothing. */
import { setTimeout as rest } from 'node:timers/promises'
import type { CrashPoint } from '@readback/service-kit'
import { type Intent, intentsFor } from '../world/producer.ts'
import type { Role, RoleProcess } from '../world/product.ts'
import { PROVIDER_CLASSES } from '../world/provider-class.ts'
import type { Story } from '../world/story.ts'
import type { World } from '../world/world.ts'

/** The process of this role ends itself the nth time that it reaches the point. */
export type Blow = { role: Role; point: CrashPoint; nth: number }

export type Round = { name: string; blows: readonly Blow[]; beside: readonly Role[] }

export type Outcome = {
  /** How each process ended, by its point. */
  signals: Record<string, NodeJS.Signals | null>
  stories: readonly Story[]
  /** From the last death until nothing was under way any more. */
  recoveredMs: number
}

const FIRST_WAVE = 8
const NEXT_WAVE = 2
const WAVE_EVERY_MS = 250
const WAVES_MAX = 120

export async function runRound(world: World, round: Round): Promise<Outcome> {
  const [doomed, beside] = await Promise.all([
    Promise.all(round.blows.map(({ role, point, nth }) => world.start(role, { READBACK_CRASH_AT: `${point}:${nth}` }))),
    Promise.all(round.beside.map((role) => world.start(role))),
  ])
  const revived = Promise.all(doomed.map((process) => revive(world, process)))
  const intents = await commitUntil(world, round.name, Promise.all(doomed.map(({ exited }) => exited)))
  const reborn = await revived
  const lastDeathMs = Math.max(...reborn.map(({ diedAtMs }) => diedAtMs))
  await world.settled()
  const recoveredMs = performance.now() - lastDeathMs
  await Promise.all([...beside, ...reborn.map(({ process }) => process)].map((process) => process.stop()))

  const keys = new Set(intents.map(({ key }) => key))
  const signals = round.blows.map(({ point }, index) => [point, reborn[index]?.signal ?? null] as const)
  const stories = (await world.stories()).filter(({ key }) => keys.has(key))
  return { signals: Object.fromEntries(signals), stories, recoveredMs }
}

async function revive(world: World, process: RoleProcess) {
  const { signal } = await process.exited
  const diedAtMs = performance.now()
  return { signal, diedAtMs, process: await world.start(process.role) }
}

/** Load of all classes until the processes are dead, and once more for nobody to take. */
async function commitUntil(world: World, name: string, dead: Promise<unknown>): Promise<Intent[]> {
  const intents: Intent[] = []
  const commitWave = async (wave: number, count: number) => {
    const next = PROVIDER_CLASSES.flatMap((provider) => intentsFor(provider, `${name}-${wave}`, count))
    await world.producer.commit(next)
    intents.push(...next)
  }
  await commitWave(0, FIRST_WAVE)
  for (let wave = 1; wave <= WAVES_MAX; wave += 1) {
    const over = await Promise.race([dead.then(() => true), rest(WAVE_EVERY_MS, false)])
    await commitWave(wave, NEXT_WAVE)
    if (over) return intents
  }
  throw new Error(`Round ${name}: ${intents.length} intents did not bring every process to its point.`)
}
