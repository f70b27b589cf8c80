import type { AnswerMeaning, OutcomeClass } from './outcome.ts'
import { callForbiddenBy, type DeliveryPolicy, type EntryFacts, type SettlePolicy } from './policy.ts'
import { dead, expiring, type Step } from './step.ts'
import type { Verdict } from './verdict.ts'

export type LookFacts = EntryFacts & {
  /** Since when no call of ours can still be under way; negative while one can. */
  quietMs: number
  /** Looks in a row that saw nothing, this one included. */
  absences: number
  /** Looks in a row that failed by themselves, this one included. */
  misses: number
  lastOutcome: OutcomeClass | null
  lastMeans: AnswerMeaning | null
  seenPresentBefore: boolean
}

// One absence can be a lagging index; two, the second after every delay, are a proof (lifecycle table).
const ABSENCES_NEEDED = 2
// Looks fail while the provider is down. With the cap below this is about two hours; then a person is told.
export const MISSES_MAX = 30
const MISS_CAP_MS = 300_000
// Whoever writes `every: 0s` wants to know soon, not to ask the provider a thousand times a second until the execution delay is over.
const PAUSE_MIN_MS = 100

/** Where does an entry go after a read-back? The table of verdicts (requirement R2), written down once. */
export function decideAfterLook(policy: DeliveryPolicy, facts: LookFacts, verdict: Verdict): Step {
  const settle = policy.settle
  if (!settle || personDecides(policy, facts)) return dead('unknown_outcome')
  switch (verdict) {
    case 'present':
      return { to: 'done' }
    case 'mismatch':
      return mismatched(settle, facts)
    case 'duplicate':
      return dead('duplicate_at_provider')
    case 'failed':
      return dead('failed_at_provider')
    case 'removed':
      return dead('removed')
    case 'pending':
      return facts.quietMs < settle.forMs ? lookAgain(facts, pauseMs(settle)) : dead('pending_too_long')
    case 'inconclusive':
      return missed(settle, facts)
    case 'absent':
      return absent(policy, settle, facts)
  }
}

/** By contract nobody looks at what is in doubt, until a person says so: a replay counts attempts from 0 again. */
export const personDecides = (
  { onUnknown }: Pick<DeliveryPolicy, 'onUnknown'>,
  { attempts, lastOutcome }: Pick<LookFacts, 'attempts' | 'lastOutcome'>,
): boolean => onUnknown === 'human' && lastOutcome !== 'success' && attempts > 0

const pauseMs = ({ everyMs }: SettlePolicy): number => Math.max(everyMs, PAUSE_MIN_MS)

/** Only a hint makes us look sooner than the contract wants to; what differs then may be on its way to what was sent. */
function mismatched(settle: SettlePolicy, facts: LookFacts): Step {
  const earlyByMs = settle.firstMs - Math.max(facts.quietMs, 0)
  return earlyByMs > 0 ? lookAgain(facts, earlyByMs) : dead('mismatch')
}

/** Looking is safe to repeat. It has a budget of its own and never uses up an attempt. */
function missed(settle: SettlePolicy, facts: LookFacts): Step {
  if (facts.misses >= MISSES_MAX) return dead('inconclusive')
  return lookAgain(facts, Math.min(MISS_CAP_MS, pauseMs(settle) * 2 ** (facts.misses - 1)))
}

function absent(policy: DeliveryPolicy, settle: SettlePolicy, facts: LookFacts): Step {
  if (facts.seenPresentBefore) return dead('removed')
  const waitMs = settle.forMs + policy.executionDelayMs - facts.quietMs
  if (waitMs > 0) return lookAgain(facts, Math.min(pauseMs(settle), waitMs))
  if (facts.absences < ABSENCES_NEEDED) return lookAgain(facts, pauseMs(settle))
  // The provider said that something is there, and nothing of ours is: another call would only be a guess.
  if (facts.lastMeans === 'exists') return dead('key_taken')
  if (facts.lastMeans === 'partial') return dead('partial')
  if (facts.expiresInMs <= 0) return expiring(facts.expiresInMs)
  const forbidden = callForbiddenBy(policy, facts, 0)
  return forbidden ? dead(forbidden) : { to: 'scheduled', dueInMs: 0, reason: 'call_again' }
}

/** An entry whose last outcome is in doubt stays `unknown` until a look says more. */
function lookAgain(facts: LookFacts, dueInMs: number): Step {
  return { to: facts.lastOutcome === 'success' ? 'verifying' : 'unknown', dueInMs }
}
