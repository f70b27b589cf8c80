export type Dice = {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number
}

/** Random, and the same in every run with this seed (a linear congruence after Numerical Recipes). */
export function createDice(seed: number): Dice {
  let state = Math.imul(seed + 1, 2_654_435_761) >>> 0
  return {
    below(limit) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * limit)
    },
  }
}
