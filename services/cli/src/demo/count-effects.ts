import type { Effect } from '@readback/testing'

/** One row of the demo's table. Every figure comes from the provider's ledger, or compares it with who believes what. */
export type Count = {
  who: string
  intents: number
  effects_there: number
  doubled: number
  missing: number
  falsely_done: number
  undecided: number
  /** Effects of orders that were rolled back. */
  uninvited: number
}

export function countEffects(
  who: string,
  intents: readonly string[],
  effects: readonly Effect[],
  believed: { done: ReadonlySet<string> },
): Count {
  const times = new Map<string, number>()
  for (const { key } of effects) times.set(key ?? '', (times.get(key ?? '') ?? 0) + 1)
  const there = (key: string) => times.get(key) ?? 0
  const wanted = new Set(intents)
  return {
    who,
    intents: intents.length,
    effects_there: effects.length,
    doubled: intents.filter((key) => there(key) > 1).length,
    missing: intents.filter((key) => there(key) === 0).length,
    falsely_done: intents.filter((key) => believed.done.has(key) && there(key) === 0).length,
    undecided: intents.filter((key) => !believed.done.has(key)).length,
    uninvited: [...times.keys()].filter((key) => !wanted.has(key)).length,
  }
}

export const isPerfect = (count: Count): boolean =>
  count.effects_there === count.intents &&
  count.doubled + count.missing + count.falsely_done + count.undecided + count.uninvited === 0
