/** One round of killing: a process that ends itself at a named point under load, is started again, and must have lost nothing. */
import { setTimeout as rest } from 'node:timers/promises'
import type { CrashPoint } from '@readback/service-kit'
import { type Intent, intentsFor } from '../world/producer.ts'
import type { Role, RoleProcess } from '../world/product.ts'
import { PROVIDER_CLASSES } from '../world/provider-class.ts'
import type { Story } from '../world/story.ts'
import type { World } from '../world/world.ts'

/** The process of this role ends itself the nth time that it reaches the point. */
export type Round = { role: Role; point: CrashPoint; nth: number }

export type Outcome = {
  /** How the process ended. */
  signal: NodeJS.Signals | null
  stories: readonly Story[]
  /** From its death until nothing was under way any more. */
  recoveredMs: number
}

const FIRST_WAVE = 8
const NEXT_WAVE = 2
const WAVE_EVERY_MS = 250
const WAVES_MAX = 240

export async function runRound(world: World, { role, point, nth }: Round): Promise<Outcome> {
  const doomed = await world.start(role, { READBACK_CRASH_AT: `${point}:${nth}` })
  const revived = revive(world, doomed)
  const intents = await commitUntil(world, point, doomed.exited)
  const { signal, diedAtMs, successor } = await revived
  await world.settled()
  const recoveredMs = performance.now() - diedAtMs
  await successor.stop()
  const keys = new Set(intents.map(({ key }) => key))
  const stories = (await world.stories()).filter(({ key }) => keys.has(key))
  return { signal, stories, recoveredMs }
}

async function revive(world: World, process: RoleProcess) {
  const { signal } = await process.exited
  const diedAtMs = performance.now()
  return { signal, diedAtMs, successor: await world.start(process.role) }
}

/** Load of all classes until the process is dead, and once more for nobody to take. */
async function commitUntil(world: World, name: string, dead: Promise<unknown>): Promise<Intent[]> {
  const intents: Intent[] = []
  const commitWave = async (wave: number, count: number) => {
    const first = PROVIDER_CLASSES.flatMap((provider) => intentsFor(provider, `${name}-${wave}`, count))
    const next = followersOf(first, `${name}-${wave}-next`)
    await world.producer.commit(first)
    await world.producer.commit(next)
    intents.push(...first, ...next)
  }
  await commitWave(0, FIRST_WAVE)
  for (let wave = 1; wave <= WAVES_MAX; wave += 1) {
    const over = await Promise.race([dead.then(() => true), rest(WAVE_EVERY_MS, false)])
    await commitWave(wave, NEXT_WAVE)
    if (over) return intents
  }
  throw new Error(`${intents.length} intents did not bring a process to ${name}.`)
}

/** One for each class that can be done: what is only acknowledged lets nothing go that waits for it. */
function followersOf(first: readonly Intent[], name: string): Intent[] {
  return (['keyed', 'readable'] as const).flatMap((provider) => {
    const after = first.filter((intent) => intent.provider === provider).map(({ key }) => key)
    return intentsFor(provider, name, 1).map((intent) => ({ ...intent, after: after.slice(0, 1) }))
  })
}
