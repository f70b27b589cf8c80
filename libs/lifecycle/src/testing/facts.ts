import type { LookFacts } from '../after-look.ts'
import type { DeliveryPolicy, EntryFacts } from '../policy.ts'

const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS

/** A keyed provider that can be read back. */
export const KEYED: DeliveryPolicy = {
  retry: { attemptsMax: 5, backoffFirstMs: 1_000, backoffCapMs: 10 * MINUTE_MS, deadlineMs: 24 * HOUR_MS },
  settle: { firstMs: 200, everyMs: 2_000, forMs: 10_000 },
  onUnknown: 'reconcile',
  executionDelayMs: 30_000,
  keyLifetime: 10 * HOUR_MS,
}

export const OPAQUE: DeliveryPolicy = { ...KEYED, settle: null, keyLifetime: null }

export const FIRST_CALL: EntryFacts = {
  attempts: 1,
  answeredCalls: 0,
  sinceCommitMs: 500,
  sinceFirstCallMs: 400,
  expiresInMs: Number.POSITIVE_INFINITY,
}

/** A first look, made at once, after a call whose reply was lost. */
export const FIRST_LOOK: LookFacts = {
  ...FIRST_CALL,
  quietMs: 0,
  absences: 0,
  misses: 0,
  lastOutcome: 'side_effect_unknown',
  lastMeans: null,
  seenPresentBefore: false,
}

/** The second look that saw nothing, after everything that could still happen has had its time. */
export const PROVEN_ABSENT: LookFacts = { ...FIRST_LOOK, quietMs: 40_000, absences: 2 }
