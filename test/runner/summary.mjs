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

// The first ones say most: many at once mostly have one reason.
const NAMED_FAILURES = 20

/** One line per tier, then what failed, then the line that continuous integration reads. @param {TierResult[]} results */
export function describeResults(results) {
  const { passed, failed, skipped } = totalOf(results)
  const header = row('tier', ['passed', 'failed', 'skipped', 'time'], 'ran on')
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`
  return ['', header, ...results.map(describeTier), '', ...describeFailures(results), counts].join('\n')
}

/** @param {TierResult} result */
function describeTier({ name, counts, parts, tookMs }) {
  if (!counts) return row(name, ['none', '', '', ''], '')
  const cells = [counts.passed, counts.failed, counts.skipped, `${(tookMs / 1000).toFixed(1)} s`]
  return row(name, cells, parts.map(describePart).join('; '))
}

/** So that the tail of a log is enough to know what broke. @param {TierResult[]} results */
function describeFailures(results) {
  const failures = results.flatMap(({ name: tier, failures }) => failures.map((failure) => ({ tier, ...failure })))
  if (failures.length === 0) return []
  const more = failures.length - NAMED_FAILURES
  const named = failures.slice(0, NAMED_FAILURES).flatMap(({ tier, file, name, lines }) => {
    const place = [file, name].filter(Boolean).join(' > ')
    return [`${tier}: ${place}`, ...lines.map((line) => `    ${line}`)]
  })
  return [...named, ...(more > 0 ? [`and ${more} more, further up`] : []), '']
}

/** @param {RealPart} part */
function describePart({ part, from, missing }) {
  return from ?? `without ${part}: ${missing}`
}

/** @param {string} name @param {(string | number)[]} cells @param {string} last */
function row(name, cells, last) {
  return `${name.padEnd(10)}${cells.map((cell) => String(cell).padStart(9)).join('')}   ${last}`.trimEnd()
}
