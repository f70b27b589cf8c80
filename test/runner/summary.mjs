/**
 * @typedef {import('./run-tier.mjs').TierResult} TierResult
 * @typedef {import('./run-tier.mjs').RealPart} RealPart
 */

/** @param {TierResult[]} results @returns {import('./run-tier.mjs').Counts} */
export function totalOf(results) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const { counts } of results) {
    total.passed += counts?.passed ?? 0
    total.failed += counts?.failed ?? 0
    total.skipped += counts?.skipped ?? 0
  }
  return total
}

/** One line per tier, then the line that continuous integration reads. @param {TierResult[]} results */
export function describeResults(results) {
  const { passed, failed, skipped } = totalOf(results)
  const header = row('tier', ['passed', 'failed', 'skipped', 'time'], 'ran on')
  return ['', header, ...results.map(describeTier), '', `${passed} passed, ${failed} failed, ${skipped} skipped`].join(
    '\n',
  )
}

/** @param {TierResult} result */
function describeTier({ name, counts, parts, tookMs }) {
  if (!counts) return row(name, ['none', '', '', ''], '')
  const cells = [counts.passed, counts.failed, counts.skipped, `${(tookMs / 1000).toFixed(1)} s`]
  return row(name, cells, parts.map(describePart).join('; '))
}

/** @param {RealPart} part */
function describePart({ part, from, missing }) {
  return from ?? `without ${part}: ${missing}`
}

/** @param {string} name @param {(string | number)[]} cells @param {string} last */
function row(name, cells, last) {
  return `${name.padEnd(10)}${cells.map((cell) => String(cell).padStart(9)).join('')}   ${last}`.trimEnd()
}
