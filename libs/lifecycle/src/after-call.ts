import { backoffMs } from './backoff.ts'
import type { AnswerMeaning, OutcomeClass } from './outcome.ts'
import { callForbiddenBy, type DeliveryPolicy, type EntryFacts } from './policy.ts'
import { dead, type Step } from './step.ts'

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
      return outcome.means === 'partial' ? dead('partial') : reconcile(policy)
    case 'retryable_failure':
      return retry(policy, facts, outcome, spread)
    case 'validation_failure':
      return dead(outcome.means === 'other_payload' ? 'mismatch' : outcome.cause)
    case 'permission_denied':
      return dead(outcome.cause)
  }
}

/** Never another call: first somebody looks, the verifier or a person (A3). */
function reconcile(policy: DeliveryPolicy): Step {
  if (!policy.settle || policy.onUnknown === 'human') return dead('unknown_outcome')
  return { to: 'unknown', dueInMs: policy.settle.firstMs }
}

function retry(policy: DeliveryPolicy, facts: EntryFacts, outcome: CallOutcome, spread: number): Step {
  const delayMs = Math.max(backoffMs(policy.retry, facts.attempts, spread), outcome.retryAfterMs ?? 0)
  const forbidden = callForbiddenBy(policy, facts, delayMs)
  return forbidden ? dead(forbidden) : { to: 'scheduled', dueInMs: delayMs, reason: 'backoff' }
}
