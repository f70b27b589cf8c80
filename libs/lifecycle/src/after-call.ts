import { backoffMs } from './backoff.ts'
import type { AnswerMeaning, OutcomeClass } from './outcome.ts'
import { calledBefore, callForbiddenBy, type DeliveryPolicy, type EntryFacts } from './policy.ts'
import { dead, expiring, type Step } from './step.ts'

export type CallOutcome = {
  class: OutcomeClass
  means: AnswerMeaning | null
  /** What a person would be shown if this were the end. */
  cause: string
  /** What the provider asked for, or null. */
  retryAfterMs: number | null
}

/**
 * Where does an entry go after a call? The table of outcome classes (requirement A1), written down once.
 *
 * @param spread in [0, 1), drawn by the caller
 */
export function decideAfterCall(policy: DeliveryPolicy, facts: EntryFacts, outcome: CallOutcome, spread: number): Step {
  switch (outcome.class) {
    case 'success':
      return policy.settle ? { to: 'verifying', dueInMs: policy.settle.firstMs } : { to: 'acknowledged' }
    case 'side_effect_unknown':
      return outcome.means === 'partial' ? dead('partial') : reconcile(policy, 'unknown_outcome')
    case 'retryable_failure':
      return retry(policy, facts, outcome, spread)
    case 'validation_failure':
      return dead(outcome.means === 'other_payload' ? 'mismatch' : outcome.cause)
    case 'permission_denied':
      return dead(outcome.cause)
  }
}

/**
 * Where does an entry go that must not be called, because the provider may have forgotten its key by now (invariant 7)? From here on it
 * is only looked for: what an earlier call has done is found, and only what is absent is given to a person.
 */
export function decideInsteadOfCall(policy: DeliveryPolicy, facts: EntryFacts): Step {
  return calledBefore(facts) ? reconcile(policy, 'key_expired') : dead('key_expired')
}

/** Never another call: first somebody looks, the verifier or a person (A3). */
function reconcile({ settle, onUnknown }: DeliveryPolicy, elseCause: string): Step {
  if (!settle || onUnknown === 'human') return dead(elseCause)
  return { to: 'unknown', dueInMs: settle.firstMs }
}

function retry(policy: DeliveryPolicy, facts: EntryFacts, outcome: CallOutcome, spread: number): Step {
  const delayMs = Math.max(backoffMs(policy.retry, facts.attempts, spread), outcome.retryAfterMs ?? 0)
  if (facts.expiresInMs <= delayMs) return expiring(facts.expiresInMs)
  const forbidden = callForbiddenBy(policy, facts, delayMs)
  if (forbidden === 'key_expired') return decideInsteadOfCall(policy, facts)
  return forbidden ? dead(forbidden) : { to: 'scheduled', dueInMs: delayMs, reason: 'backoff' }
}
