// What many noisy rounds say: their median, and how far it can be trusted.

export function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The smallest that a share of all is not above; `sorted` ascends. */
export const quantile = (sorted, share) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]

const RESAMPLES = 2_000
const SEED = 20_261_126

/**
 * The median and its 95 % interval by the percentile bootstrap (Efron 1979): what it would have been with other rounds of the same kind.
 * The same numbers give the same interval.
 */
export function interval(numbers) {
  const dice = createDice(SEED)
  const draw = () => numbers[Math.floor(dice() * numbers.length)]
  const medians = Array.from({ length: RESAMPLES }, () => median(numbers.map(draw))).sort((one, other) => one - other)
  return { median: median(numbers), low: quantile(medians, 0.025), high: quantile(medians, 0.975) }
}

/** In [0, 1), the same for the same seed (mulberry32). */
function createDice(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
