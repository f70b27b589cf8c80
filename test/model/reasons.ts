/** What may put an entry before a person, and what holds of every call: read from the provider's ledger alone. */
import type { Story } from '../world/story.ts'
import type { Judged } from './model.ts'

const HOUR_MS = 3_600_000
const DEADLINE_MS = 23 * HOUR_MS
/** What is left of 30 days when the margin of a tenth is taken off. */
const KEY_ALIVE_MS = 27 * 24 * HOUR_MS
const ATTEMPTS_MAX = 6
const MISSES_MAX = 30
export const RETRY_AFTER_MS = 90_000
/** The product may count by the millisecond before the one in which the provider did. */
const TOLERANCE_MS = 50

/** Only what really happened. */
export function reasonFor({ provider, entry, attempts, calls, looks, effects }: Story, judged: Judged): boolean {
  const met = (fault: string) => calls.some((call) => call.fault === fault)
  const { passedMs, wasStruck } = judged
  switch (entry?.cause) {
    case 'mismatch':
      return met('stored-other')
    case 'duplicate_at_provider':
      return effects.length > 1
    case 'http_400':
      return met('refused-400')
    case 'http_403':
      return met('denied-403')
    case 'attempts_exhausted':
      return attempts.filter(({ kind }) => kind === 'call').length >= ATTEMPTS_MAX
    case 'inconclusive':
      return wasStruck || looks.filter(({ status }) => status !== 200).length >= MISSES_MAX
    case 'deadline_exceeded':
      return passedMs > DEADLINE_MS
    case 'key_expired':
      return passedMs > KEY_ALIVE_MS
    case 'unknown_outcome':
      return provider === 'opaque' && (wasStruck || calls.some(({ status, replied }) => status !== 201 || !replied))
    default:
      return false
  }
}

/** Of each: what is wrong, or null. */
export const KEPT_PROMISES: readonly ((story: Story) => string | null)[] = [
  function keyIsAlive({ provider, calls }) {
    const late = provider === 'keyed' && calls.some(({ atMs }) => atMs - (calls[0]?.atMs ?? atMs) > KEY_ALIVE_MS)
    return late ? 'was called when the provider may have forgotten its key (invariant 7)' : null
  },
  function waitsAsLongAsAsked({ calls }) {
    const hasty = calls.some(({ fault, atMs }, index) => {
      const waitedMs = (calls[index + 1]?.atMs ?? Number.POSITIVE_INFINITY) - atMs
      return fault === 'rate-limited' && waitedMs < RETRY_AFTER_MS - TOLERANCE_MS
    })
    return hasty ? 'was called again before the provider wanted it (invariant 9)' : null
  },
]
