import { describe, expect, it } from 'vitest'
import { BLOWS_A_ROUND, chooseBlows, chooseIntent, createDice } from './choices.ts'

const blowsOf = (seed: number, count: number) => {
  const choices = chooseBlows(createDice(seed))
  return Array.from({ length: count }, () => choices.next().value)
}

describe('the choices of a soak', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(blowsOf(7, 50)).toEqual(blowsOf(7, 50))
    expect(blowsOf(7, 50)).not.toEqual(blowsOf(8, 50))
  })

  it('hit everything in each round, and let each role stand still in turn', () => {
    const rounds = [0, 1, 2].map((nth) =>
      blowsOf(3, 3 * BLOWS_A_ROUND)
        .slice(nth * BLOWS_A_ROUND)
        .slice(0, BLOWS_A_ROUND),
    )
    const named = rounds.map((round) =>
      round.map(({ blow }) => ('role' in blow ? `${blow.kind} ${blow.role}` : blow.kind)),
    )
    const always = ['broker', 'kill relay', 'kill verifier', 'kill worker', 'kill worker', 'postgres']
    expect(named.map((names) => names.toSorted())).toEqual(
      [
        [...always, 'stop worker'],
        [...always, 'stop verifier'],
        [...always, 'stop relay'],
      ].map((names) => names.toSorted()),
    )
  })

  it('spread intents over all classes and tenants, and roll a few back', () => {
    const dice = createDice(1)
    const intents = Array.from({ length: 2_000 }, () => chooseIntent(dice))
    const count = (is: (one: (typeof intents)[number]) => boolean) => intents.filter(is).length
    expect(new Set(intents.map(({ tenant }) => tenant)).size).toBe(5)
    expect(count(({ provider }) => provider === 'keyed')).toBeGreaterThan(900)
    expect(count(({ provider }) => provider === 'opaque')).toBeGreaterThan(300)
    expect(count(({ rollBack }) => rollBack)).toBeGreaterThan(30)
  })
})
