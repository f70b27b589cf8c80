import { quantile } from './interval.mjs'

/**
 * How long each took from the one time to the other. What is seen by the one before the other has heard of it was not waited for.
 * Throws where one of them has not come, because nothing may be left out of a percentile.
 * @param {ReadonlyMap<string, number>} fromMs
 * @param {ReadonlyMap<string, number>} toMs may hold more
 */
export function latency(fromMs, toMs) {
  const missing = [...fromMs.keys()].filter((key) => !toMs.has(key))
  if (missing.length > 0) throw new Error(`${missing.length} of ${fromMs.size} have not come, such as ${missing[0]}`)
  const sorted = [...fromMs].map(([key, atMs]) => Math.max(0, toMs.get(key) - atMs)).sort((one, other) => one - other)
  return { p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) }
}
