// The figures of benches that compare what an effect costs in two circumstances.
import { totalUs } from './cost.mjs'

/** In CPU, which is what the goals are for; and in seconds. */
export const costRatio = (side, over, goals) => [
  {
    name: `CPU an effect, ${side} ÷ ${over}`,
    unit: '×',
    ...goals,
    better: 'lower',
    of: (round) => totalUs(round[side]) / totalUs(round[over]),
  },
  {
    name: `seconds, ${side} ÷ ${over}`,
    unit: '×',
    better: 'lower',
    of: (round) => round[side].seconds / round[over].seconds,
  },
]

export const perEffect = (side) => ({
  name: `CPU an effect, ${side}`,
  unit: 'µs',
  better: 'lower',
  of: (round) => totalUs(round[side]),
})
