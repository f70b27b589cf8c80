import type { RetryPolicy } from './backoff.ts'

/** What of a contract decides where an entry goes next. */
export type DeliveryPolicy = {
  retry: RetryPolicy
  /** null: the provider offers no way to look; a success ends `acknowledged`, an unknown goes to a person. */
  settle: SettlePolicy | null
  onUnknown: 'reconcile' | 'human'
  /** How late the provider may still execute after we gave up. */
  executionDelayMs: number
  /** How long the provider keeps our key, counted from the first call; null where it does not honour keys. */
  keyLifetime: number | 'until_deleted' | 'unknown' | null
}

export type SettlePolicy = { firstMs: number; everyMs: number; forMs: number }

/** What is known of an entry when it is decided on; durations by the database's clock. */
export type EntryFacts = {
  /** Calls begun so far, the one at hand included. */
  attempts: number
  /** Calls that the provider answered as accepted. */
  answeredCalls: number
  sinceCommitMs: number
  sinceFirstCallMs: number
  /** Until when a call is worth something; negative once it is not, infinite where nobody set an end. */
  expiresInMs: number
}

// A key is not relied on in the last tenth of its life: the provider's clock and ours may differ, and a call takes time.
const KEY_MARGIN = 0.1

/** May the provider still be trusted to recognise our key? Providers that honour none have nothing that could end. */
export function keyIsAlive(policy: DeliveryPolicy, facts: EntryFacts): boolean {
  switch (policy.keyLifetime) {
    case null:
    case 'until_deleted':
      return true
    case 'unknown':
      return facts.answeredCalls === 0
    default:
      return facts.sinceFirstCallMs < policy.keyLifetime * (1 - KEY_MARGIN)
  }
}

/** Whether a call was made before the one at hand. A replay counts attempts and time anew, and leaves the first call where it was. */
export const calledBefore = ({ attempts, sinceFirstCallMs, sinceCommitMs }: EntryFacts): boolean =>
  attempts > 1 || sinceFirstCallMs > sinceCommitMs

/**
 * Why no further call may be made, or null. That the key has ended comes first: attempts and time are given anew by a replay, and the
 * person who gives them must know that the provider would act again.
 */
export function callForbiddenBy(policy: DeliveryPolicy, facts: EntryFacts, delayMs: number): string | null {
  if (!keyIsAlive(policy, { ...facts, sinceFirstCallMs: facts.sinceFirstCallMs + delayMs })) return 'key_expired'
  if (facts.attempts >= policy.retry.attemptsMax) return 'attempts_exhausted'
  if (facts.sinceCommitMs + delayMs > policy.retry.deadlineMs) return 'deadline_exceeded'
  return null
}
