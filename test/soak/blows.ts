/** Carries out what was chosen, one blow after the other, and counts what really happened. */
import { BLOWS_A_ROUND, type Blow, type Choice } from './choices.ts'
import type { Fleet } from './fleet.ts'
import type { Servers } from './servers.ts'
import type { Takeovers } from './takeover.ts'

export type BlowDeps = {
  fleet: Fleet
  servers: Servers
  takeovers: Takeovers
  rest(ms: number): Promise<void>
  say(what: string): void
}

export type BlowTimes = { pauseMs: number; awayMs: number; frozenMs: number }

/** By name: how often it happened. */
export type Counts = Record<string, number>

/** Goes on until `isEnough`, and at least for a whole round. Resolves when everything that was hit is back. */
export async function strikeUntil(
  deps: BlowDeps,
  times: BlowTimes,
  choices: Iterator<Choice>,
  isEnough: () => boolean,
): Promise<Counts> {
  const counts: Counts = {}
  const open: Promise<void>[] = []
  for (let count = 0; count < BLOWS_A_ROUND || !isEnough(); count += 1) {
    const { blow, pause, away } = choices.next().value as Choice
    await deps.rest(pause * times.pauseMs)
    if ('role' in blow) await deps.fleet.ready(blow.role)
    const name = nameOf(blow)
    deps.say(name)
    const fell = strike(deps, blow, { ...times, awayMs: away * times.awayMs }).then(() => {
      counts[name] = (counts[name] ?? 0) + 1
    })
    // Waited for at the end, and reported there.
    fell.catch(() => {})
    open.push(fell)
    // While one process stands still, or its successor starts, others may be hit; but not while a server is away.
    if (!('role' in blow)) await fell
  }
  await Promise.all(open)
  return counts
}

const nameOf = (blow: Blow): string => ('role' in blow ? `${blow.kind} ${blow.role}` : `crash ${blow.kind}`)

async function strike({ fleet, servers, takeovers }: BlowDeps, blow: Blow, times: BlowTimes): Promise<void> {
  switch (blow.kind) {
    case 'kill':
      return fleet.kill(blow.role, blow.which, takeovers.note)
    case 'stop':
      return fleet.freeze(blow.role, blow.which, times.frozenMs)
    case 'broker':
      return servers.crashBroker(times.awayMs)
    case 'postgres':
      return servers.crashPostgres(times.awayMs)
  }
}
