/** Everything a provider, or the network before it, may do wrong: what it does with the effect, and what it answers. */

/** What becomes of the effect. */
export type Storing = 'once' | 'twice' | 'altered' | 'hidden' | 'late' | 'dropped' | 'poisoned' | 'nothing'

/** What the caller gets. */
export type Replying =
  | 'answer'
  | 'late'
  | 'never'
  | 'cut'
  | 'refusal'
  | 'truncated'
  | 'drip'
  | 'flood'
  | 'malformed'
  | 'redirect'
  | 'bomb'
  | 'nothing-there'

interface FaultShape {
  says: string
  storing: Storing
  replying: Replying
  /** Of a refusal. */
  status?: number
}

export const FAULTS = {
  none: { says: 'does it and says so', storing: 'once', replying: 'answer' },
  'reply-lost': { says: 'does it, then the connection breaks', storing: 'once', replying: 'cut' },
  dropped: { says: 'answers 201 with an id, and keeps nothing', storing: 'dropped', replying: 'answer' },
  slow: { says: 'does it, and answers after `delayMs`', storing: 'once', replying: 'late' },
  'applied-late': { says: 'does it after `delayMs`, and never answers', storing: 'late', replying: 'never' },
  'lost-then-applied': { says: 'the connection breaks; does it after `delayMs`', storing: 'late', replying: 'cut' },
  'shown-late': { says: 'does it; looks show it after `delayMs`', storing: 'hidden', replying: 'answer' },
  'applied-twice': { says: 'does it twice', storing: 'twice', replying: 'answer' },
  'stored-other': { says: 'does something else than was sent', storing: 'altered', replying: 'answer' },
  'rate-limited': { says: '429 with `retryAfter`', storing: 'nothing', replying: 'refusal', status: 429 },
  'error-before': { says: '500, and nothing was done', storing: 'nothing', replying: 'refusal', status: 500 },
  'error-after': { says: 'does it, and answers 500', storing: 'once', replying: 'refusal', status: 500 },
  'replayed-500': { says: '500 now, and again for this key', storing: 'poisoned', replying: 'refusal', status: 500 },
  unavailable: { says: '503, and nothing was done', storing: 'nothing', replying: 'refusal', status: 503 },
  'refused-400': { says: '400, and nothing was done', storing: 'nothing', replying: 'refusal', status: 400 },
  'denied-403': { says: '403, and nothing was done', storing: 'nothing', replying: 'refusal', status: 403 },
  'reset-before': { says: 'the connection breaks, nothing was done', storing: 'nothing', replying: 'cut' },
  truncated: { says: 'does it; the answer ends after `bytes`', storing: 'once', replying: 'truncated' },
  drip: { says: 'does it; answers one byte every `delayMs`', storing: 'once', replying: 'drip' },
  huge: { says: 'does it; answers `bytes` bytes', storing: 'once', replying: 'flood' },
  malformed: { says: 'does it; answers 201 with what is not JSON', storing: 'once', replying: 'malformed' },
  redirect: { says: '307 to `location`, and nothing was done', storing: 'nothing', replying: 'redirect' },
  bomb: { says: 'does it; a small gzip answer inflates to `bytes`', storing: 'once', replying: 'bomb' },
  'not-shown': { says: 'a look finds nothing, whatever is there', storing: 'nothing', replying: 'nothing-there' },
} as const satisfies Record<string, FaultShape>

export type FaultName = keyof typeof FAULTS

/**
 * `Retry-After` as whole seconds or as a date `ms` from now, or `retry_after_ms` in the body; or exactly this text as the
 * header; or, with null, none.
 */
export type RetryAfter = { as: 'seconds' | 'http-date' | 'body'; ms: number } | string | null

export interface FaultDetails {
  delayMs?: number
  bytes?: number
  retryAfter?: RetryAfter
  location?: string
  /** stored-other: these fields are stored in place of the sent ones. */
  store?: Record<string, unknown>
  /** dropped: a keyed provider repeats its empty promise for the same key. Default: it has forgotten the key too. */
  remembered?: boolean
}

export interface DetailedFault extends FaultDetails {
  name: FaultName
}

export type Fault = FaultName | DetailedFault

const MIB = 1024 * 1024

/** Delays are meant to be longer than a caller in a test waits. */
export const DEFAULT_DETAILS: Partial<Record<FaultName, FaultDetails>> = {
  slow: { delayMs: 30_000 },
  'applied-late': { delayMs: 5_000 },
  'lost-then-applied': { delayMs: 5_000 },
  'shown-late': { delayMs: 2_000 },
  'rate-limited': { retryAfter: { as: 'seconds', ms: 1_000 } },
  drip: { delayMs: 100 },
  truncated: { bytes: 10 },
  huge: { bytes: 1024 * MIB },
  bomb: { bytes: 256 * MIB },
  redirect: { location: '/v1/redirected' },
}

export const isFaultName = (name: string): name is FaultName => Object.hasOwn(FAULTS, name)

/** Whether a look can go wrong in this way: storing is a matter of writes. */
export const isLookFault = (name: FaultName): boolean => ['once', 'nothing'].includes(FAULTS[name].storing)

export const isWriteFault = (name: FaultName): boolean => name !== 'not-shown'
