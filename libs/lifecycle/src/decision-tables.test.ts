import { describe, expect, it } from 'vitest'
import { type CallOutcome, decideAfterCall } from './after-call.ts'
import { decideAfterLook, type LookFacts } from './after-look.ts'
import { ANSWER_MEANINGS, type AnswerMeaning, OUTCOME_CLASSES, type OutcomeClass } from './outcome.ts'
import type { DeliveryPolicy } from './policy.ts'
import type { Step } from './step.ts'
import { FIRST_CALL, FIRST_LOOK, HOUR_MS, KEYED, OPAQUE, PROVEN_ABSENT } from './testing/facts.ts'
import { VERDICTS, type Verdict } from './verdict.ts'

// The two tables of the lifecycle, whole: each class and each verdict under each policy that makes a difference.

const HUMAN: DeliveryPolicy = { ...KEYED, onUnknown: 'human' }
const READABLE: DeliveryPolicy = { ...KEYED, keyLifetime: null }
const FORGETFUL: DeliveryPolicy = { ...KEYED, keyLifetime: 'unknown' }

/** As the tables below say it: the state, or why a person is needed. */
const said = (step: Step): string => ('cause' in step ? step.cause : step.to)

/** Outcome class; where the entry goes: where it can be read back, where a person decides, where nobody can look. */
const AFTER_CALL: readonly [OutcomeClass, string, string, string][] = [
  ['success', 'verifying', 'verifying', 'acknowledged'],
  ['side_effect_unknown', 'unknown', 'unknown_outcome', 'unknown_outcome'],
  ['retryable_failure', 'scheduled', 'scheduled', 'scheduled'],
  ['validation_failure', 'c', 'c', 'c'],
  ['permission_denied', 'c', 'c', 'c'],
]

/** What an answer means, its class, and the same three; `c` is the cause that came with it. */
const BY_MEANING: readonly [AnswerMeaning, OutcomeClass, string, string, string][] = [
  ['accepted', 'success', 'verifying', 'verifying', 'acknowledged'],
  ['exists', 'side_effect_unknown', 'unknown', 'unknown_outcome', 'unknown_outcome'],
  ['in_progress', 'side_effect_unknown', 'unknown', 'unknown_outcome', 'unknown_outcome'],
  ['partial', 'side_effect_unknown', 'partial', 'partial', 'partial'],
  ['not_executed', 'retryable_failure', 'scheduled', 'scheduled', 'scheduled'],
  ['refused', 'validation_failure', 'c', 'c', 'c'],
  ['permission', 'permission_denied', 'c', 'c', 'c'],
  ['other_payload', 'validation_failure', 'mismatch', 'mismatch', 'mismatch'],
  ['unknown', 'side_effect_unknown', 'unknown', 'unknown_outcome', 'unknown_outcome'],
]

const afterCall = (outcome: Pick<CallOutcome, 'class' | 'means'>) =>
  [KEYED, HUMAN, OPAQUE].map((policy) =>
    said(decideAfterCall(policy, FIRST_CALL, { ...outcome, cause: 'c', retryAfterMs: null }, 0.5)),
  )

describe('after a call', () => {
  it.each(AFTER_CALL)('%s leads to %s, %s, %s', (outcome, ...next) => {
    expect(afterCall({ class: outcome, means: null })).toEqual(next)
  })

  it.each(BY_MEANING)('an answer that means %s (%s) leads to %s, %s, %s', (means, outcome, ...next) => {
    expect(afterCall({ class: outcome, means })).toEqual(next)
  })

  it('every class and every meaning has its row', () => {
    expect(AFTER_CALL.map(([outcome]) => outcome).sort()).toEqual([...OUTCOME_CLASSES].sort())
    expect(BY_MEANING.map(([means]) => means).sort()).toEqual([...ANSWER_MEANINGS].sort())
  })

  /** What forbids another call changes nothing but where another call would be made. */
  const SPENT = { attempts: 99, sinceCommitMs: 99 * HOUR_MS, sinceFirstCallMs: 99 * HOUR_MS }
  const FORBIDDEN: readonly [string, DeliveryPolicy, Partial<typeof SPENT>][] = [
    ['attempts_exhausted', KEYED, { attempts: 5 }],
    ['deadline_exceeded', KEYED, { sinceCommitMs: 24 * HOUR_MS }],
    ['key_expired', KEYED, { sinceCommitMs: 9 * HOUR_MS, sinceFirstCallMs: 9 * HOUR_MS }],
    ['unknown', KEYED, { attempts: 2, sinceCommitMs: 9 * HOUR_MS, sinceFirstCallMs: 9 * HOUR_MS }],
    ['key_expired', HUMAN, SPENT],
    ['key_expired', { ...OPAQUE, keyLifetime: HOUR_MS }, SPENT],
    ['attempts_exhausted', READABLE, SPENT],
    ['scheduled', FORGETFUL, { attempts: 2, sinceCommitMs: 9 * HOUR_MS, sinceFirstCallMs: 9 * HOUR_MS }],
  ]

  it.each(FORBIDDEN)('what was not executed leads to %s (row %#)', (next, policy, facts) => {
    const outcome = { class: 'retryable_failure', means: null, cause: 'c', retryAfterMs: null } as const
    expect(said(decideAfterCall(policy, { ...FIRST_CALL, ...facts }, outcome, 0.5))).toBe(next)
  })

  it('whatever is left of attempts, time and key, everything else goes where it would', () => {
    const others = BY_MEANING.filter(([, outcome]) => outcome !== 'retryable_failure')
    for (const [means, outcome, next] of others) {
      const answer = { class: outcome, means, cause: 'c', retryAfterMs: null }
      expect(said(decideAfterCall(KEYED, { ...FIRST_CALL, ...SPENT }, answer, 0.5))).toBe(next)
    }
  })
})

type LookRow = readonly [Verdict, early: string, late: string, seenBefore: string]

/** Verdict; where an entry in doubt goes: within every delay, after all of them and twice absent, and if it was seen there before. */
const AFTER_LOOK: readonly LookRow[] = [
  ['present', 'done', 'done', 'done'],
  ['absent', 'unknown', 'scheduled', 'removed'],
  ['pending', 'unknown', 'pending_too_long', 'pending_too_long'],
  ['inconclusive', 'unknown', 'unknown', 'unknown'],
  ['mismatch', 'mismatch', 'mismatch', 'mismatch'],
  ['duplicate', 'duplicate_at_provider', 'duplicate_at_provider', 'duplicate_at_provider'],
  ['failed', 'failed_at_provider', 'failed_at_provider', 'failed_at_provider'],
  ['removed', 'removed', 'removed', 'removed'],
]

const EARLY: LookFacts = { ...FIRST_LOOK, quietMs: 300, misses: 1, absences: 1 }
const LATE: LookFacts = { ...PROVEN_ABSENT, misses: 1 }
const look = (verdict: Verdict, facts: LookFacts, policy = KEYED) => said(decideAfterLook(policy, facts, verdict))

describe('after a look', () => {
  it.each(AFTER_LOOK)('%s leads to %s, later %s, and %s if it was there before', (verdict, early, late, before) => {
    const seen = { ...LATE, seenPresentBefore: true }
    expect([look(verdict, EARLY), look(verdict, LATE), look(verdict, seen)]).toEqual([early, late, before])
  })

  it.each(AFTER_LOOK)(
    '%s after an accepted call leads to the same, and what waits stays in verification',
    (verdict, ...next) => {
      const inDoubt = (step: string) => (step === 'unknown' ? 'verifying' : step)
      const accepted = { lastOutcome: 'success' } as const
      const said = [look(verdict, { ...EARLY, ...accepted }), look(verdict, { ...LATE, ...accepted })]
      expect(said).toEqual(next.slice(0, 2).map(inDoubt))
    },
  )

  it.each(VERDICTS)('%s is for a person to judge where the contract says so, or nobody could look', (verdict) => {
    for (const policy of [HUMAN, OPAQUE])
      for (const facts of [EARLY, LATE]) expect(look(verdict, facts, policy)).toBe('unknown_outcome')
  })

  /** Absent, after every delay and twice: what each provider and each last answer leads to. */
  const ABSENT: readonly [string, DeliveryPolicy, Partial<LookFacts>][] = [
    ['scheduled', KEYED, {}],
    ['scheduled', READABLE, { sinceFirstCallMs: 20 * HOUR_MS, sinceCommitMs: 20 * HOUR_MS }],
    ['scheduled', { ...KEYED, keyLifetime: 'until_deleted' }, { sinceFirstCallMs: 20 * HOUR_MS }],
    ['scheduled', FORGETFUL, { answeredCalls: 0, sinceFirstCallMs: 20 * HOUR_MS }],
    ['key_expired', FORGETFUL, { answeredCalls: 1 }],
    ['key_expired', KEYED, { sinceFirstCallMs: 9 * HOUR_MS }],
    ['key_expired', KEYED, { sinceFirstCallMs: 9 * HOUR_MS, attempts: 5, sinceCommitMs: 25 * HOUR_MS }],
    ['attempts_exhausted', KEYED, { attempts: 5 }],
    ['deadline_exceeded', KEYED, { sinceCommitMs: 25 * HOUR_MS }],
    ['key_taken', KEYED, { lastMeans: 'exists' }],
    ['partial', KEYED, { lastMeans: 'partial' }],
    ['scheduled', KEYED, { lastMeans: 'in_progress' }],
    ['unknown', KEYED, { absences: 1 }],
    ['unknown', KEYED, { quietMs: 39_999 }],
    ['unknown', KEYED, { quietMs: -1, absences: 9 }],
    ['unknown', { ...KEYED, executionDelayMs: 60_000 }, {}],
    ['removed', KEYED, { seenPresentBefore: true, quietMs: -1, absences: 1 }],
    ['scheduled', HUMAN, { attempts: 0 }],
  ]

  it.each(ABSENT)('what is absent leads to %s (row %#)', (next, policy, facts) => {
    expect(look('absent', { ...LATE, ...facts }, policy)).toBe(next)
  })

  it('a look that came to nothing neither ends a row of absences nor counts in it, and 29 of them are not enough', () => {
    for (let misses = 1; misses < 30; misses += 1) expect(look('inconclusive', { ...LATE, misses })).toBe('unknown')
    expect(look('inconclusive', { ...LATE, misses: 30 })).toBe('inconclusive')
  })
})
