/** Every choice of a run, from its seed alone: the same seed does the same things to the same processes, in the same order. */
import type { ProviderClass } from '../world/provider-class.ts'

/** In [0, 1), and the same in every run with this seed (mulberry32). */
export type Dice = () => number

export function createDice(seed: number): Dice {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const ROLES = ['relay', 'worker', 'verifier'] as const
export type RoleName = (typeof ROLES)[number]

export type Blow =
  | { kind: 'kill'; role: RoleName; which: number }
  | { kind: 'stop'; role: RoleName; which: number }
  | { kind: 'broker' }
  | { kind: 'postgres' }

/** What is done next, after a pause of this share of the longest one; and how long what was killed stays away. */
export type Choice = { blow: Blow; pause: number; away: number }

/** In each round every blow falls, in an order of its own; a worker is killed twice, and each role is stopped in turn. */
export function* chooseBlows(dice: Dice): Generator<Choice, never> {
  for (let round = 0; ; round += 1) {
    const stopped = ['worker', 'verifier', 'relay'] as const
    const blows: Blow[] = [
      ...[...ROLES, 'worker' as const].map((role) => ({ kind: 'kill' as const, role, which: dice() })),
      { kind: 'stop', role: stopped[round % stopped.length] ?? 'worker', which: dice() },
      { kind: 'broker' },
      { kind: 'postgres' },
    ]
    for (const blow of shuffled(blows, dice)) yield { blow, pause: dice(), away: dice() }
  }
}

/** How many blows a round has. */
export const BLOWS_A_ROUND = 7

const SHARES: readonly [ProviderClass, number][] = [
  ['keyed', 0.5],
  ['readable', 0.3],
  ['opaque', 0.2],
]
const ROLLED_BACK = 0.03
const TENANTS = 5

export type IntentChoice = { provider: ProviderClass; tenant: string; rollBack: boolean }

export function chooseIntent(dice: Dice): IntentChoice {
  let rest = dice()
  const [provider] = SHARES.find(([, share]) => (rest -= share) < 0) ?? ['keyed' as const]
  return { provider, tenant: `tenant-${Math.floor(dice() * TENANTS)}`, rollBack: dice() < ROLLED_BACK }
}

function shuffled<T>(all: readonly T[], dice: Dice): T[] {
  return all
    .map((one) => ({ one, place: dice() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one)
}
