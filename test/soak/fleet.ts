/** The product's processes, as somebody's orchestrator would keep them: whoever dies is started again. */
import type { Environment, RoleProcess } from '../world/product.ts'
import type { RoleName } from './choices.ts'

type Place = { role: RoleName; process: RoleProcess; busy: boolean }

export type Fleet = {
  /** Resolves when two of this role are unhurt: who takes over must be there. */
  ready(role: RoleName): Promise<void>
  /** kill -9; resolves when its successor is ready. */
  kill(role: RoleName, which: number, died: (pid: number, atMs: number) => Promise<void>): Promise<void>
  /** SIGSTOP, for `ms`, and SIGCONT. */
  freeze(role: RoleName, which: number, ms: number): Promise<void>
  stop(): Promise<void>
}

const SIZE: Record<RoleName, number> = { relay: 2, worker: 3, verifier: 2 }

const STARTS_MAX = 5
const AGAIN_AFTER_MS = 1_000
const UNHURT_EVERY_MS = 50

export type FleetDeps = {
  start(role: RoleName, environment: Environment): Promise<RoleProcess>
  rest(ms: number): Promise<void>
  environment: Environment
}

export async function startFleet({ start, rest, environment }: FleetDeps): Promise<Fleet> {
  const wanted = Object.entries(SIZE).flatMap(([role, count]) => Array.from({ length: count }, () => role as RoleName))
  const started = wanted.map(async (role) => ({ role, process: await start(role, environment), busy: false }))
  const places: Place[] = await Promise.all(started)

  const unhurt = (role: RoleName) => places.filter((place) => place.role === role && !place.busy)

  /** One blow at a time for each process. */
  async function strike(role: RoleName, which: number, blow: (place: Place) => Promise<void>): Promise<void> {
    const place = unhurt(role)[Math.floor(which * unhurt(role).length)]
    if (!place) throw new Error(`There is no ${role} to be hit.`)
    place.busy = true
    await blow(place).finally(() => {
      place.busy = false
    })
  }

  /** Whoever starts while the database or the broker is away may give up, and is then started once more. */
  async function startAgain(role: RoleName): Promise<RoleProcess> {
    for (let left = STARTS_MAX; ; left -= 1) {
      try {
        return await start(role, environment)
      } catch (error) {
        if (left === 1) throw error
        await rest(AGAIN_AFTER_MS)
      }
    }
  }

  return {
    async ready(role) {
      while (unhurt(role).length < 2) await rest(UNHURT_EVERY_MS)
    },
    kill: (role, which, died) =>
      strike(role, which, async (place) => {
        const { pid } = place.process
        const diedAtMs = Date.now()
        const { signal } = await place.process.kill9()
        if (signal !== 'SIGKILL') throw new Error(`A ${role} had ended by itself, by ${signal}, before it was killed.`)
        const [successor] = await Promise.all([startAgain(role), died(pid, diedAtMs)])
        place.process = successor
      }),
    freeze: (role, which, ms) =>
      strike(role, which, async ({ process: { pid } }) => {
        process.kill(pid, 'SIGSTOP')
        await rest(ms)
        process.kill(pid, 'SIGCONT')
      }),
    stop: async () => void (await Promise.all(places.map((place) => place.process.stop()))),
  }
}
