import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideAfterCall } from './after-call.ts'
import { decideAfterLook, type LookFacts } from './after-look.ts'
import { ANSWER_MEANINGS, OUTCOME_CLASSES } from './outcome.ts'
import type { DeliveryPolicy } from './policy.ts'
import { canMove, LEGAL_MOVES, LIVE_STATES, SETTLED_STATES, type State } from './state.ts'
import type { Step } from './step.ts'
import { VERDICTS, type Verdict } from './verdict.ts'

const durations = fc.integer({ min: 0, max: 200_000_000 })
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })

const policies: fc.Arbitrary<DeliveryPolicy> = fc.record({
  retry: fc.record({
    attemptsMax: fc.integer({ min: 1, max: 20 }),
    backoffFirstMs: durations,
    backoffCapMs: durations,
    deadlineMs: durations,
  }),
  settle: maybe(fc.record({ firstMs: durations, everyMs: durations, forMs: durations })),
  onUnknown: fc.constantFrom('reconcile', 'human'),
  executionDelayMs: durations,
  keyLifetime: fc.oneof(durations, fc.constantFrom('until_deleted' as const, 'unknown' as const, null)),
})

const lookFacts: fc.Arbitrary<LookFacts> = fc.record({
  attempts: fc.integer({ min: 1, max: 25 }),
  answeredCalls: fc.integer({ min: 0, max: 25 }),
  sinceCommitMs: durations,
  sinceFirstCallMs: durations,
  expiresInMs: fc.oneof(fc.integer({ min: -200_000_000, max: 200_000_000 }), fc.constant(Number.POSITIVE_INFINITY)),
  quietMs: fc.integer({ min: -200_000_000, max: 200_000_000 }),
  absences: fc.integer({ min: 0, max: 5 }),
  // The look at hand is counted in.
  misses: fc.integer({ min: 1, max: 40 }),
  lastOutcome: maybe(fc.constantFrom(...OUTCOME_CLASSES)),
  lastMeans: maybe(fc.constantFrom(...ANSWER_MEANINGS)),
  seenPresentBefore: fc.boolean(),
})

const outcomes = fc.record({
  class: fc.constantFrom(...OUTCOME_CLASSES),
  means: maybe(fc.constantFrom(...ANSWER_MEANINGS)),
  cause: fc.constant('http_500'),
  retryAfterMs: maybe(durations),
})

const spreads = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

/** A legal move that says what its state needs, and waits for a finite time that has not passed. */
function isSound(from: State, step: Step): boolean {
  const waits = 'dueInMs' in step ? step.dueInMs : 0
  return canMove(from, step.to) && Number.isFinite(waits) && waits >= 0 && !(step.to === 'dead' && step.cause === '')
}

const verdicts = fc.constantFrom(...VERDICTS)
const always = <T>(property: fc.IProperty<T>) => fc.assert(property, { numRuns: 2_000 })

describe('the decision tables', () => {
  it('leave a call by legal moves only', () => {
    const decided = fc.tuple(policies, lookFacts, outcomes, spreads)
    always(fc.property(decided, (each) => isSound('calling', decideAfterCall(...each))))
  })

  it('leave a look by legal moves only', () => {
    const decided = fc.tuple(policies, lookFacts, verdicts)
    always(fc.property(decided, (each) => isSound('verifying', decideAfterLook(...each))))
  })

  it('call nothing done that no look has seen', () => {
    always(
      fc.property(policies, lookFacts, verdicts, (policy, facts, verdict) => {
        return decideAfterLook(policy, facts, verdict).to !== 'done' || verdict === 'present'
      }),
    )
  })

  it('call again only what was proven absent, after every delay, with a key that is alive', () => {
    always(
      fc.property(policies, lookFacts, verdicts, (policy, facts, verdict) => {
        return decideAfterLook(policy, facts, verdict).to !== 'scheduled' || isProvenAbsent(policy, facts, verdict)
      }),
    )
  })

  it('plan no call after a tenth of the life of the key is left, nor after the deadline, nor beyond the attempts', () => {
    always(
      fc.property(policies, lookFacts, outcomes, spreads, (policy, facts, outcome, spread) => {
        const step = decideAfterCall(policy, facts, outcome, spread)
        if (step.to !== 'scheduled' || step.reason === 'expiring') return true
        const { keyLifetime, retry } = policy
        const isKnown = typeof keyLifetime !== 'number' || facts.sinceFirstCallMs + step.dueInMs < keyLifetime * 0.9
        return isKnown && facts.sinceCommitMs + step.dueInMs <= retry.deadlineMs && facts.attempts < retry.attemptsMax
      }),
    )
  })

  it('let nobody wait for less than the provider asked for', () => {
    always(
      fc.property(policies, lookFacts, outcomes, spreads, (policy, facts, outcome, spread) => {
        const step = decideAfterCall(policy, facts, outcome, spread)
        if (step.to !== 'scheduled' || step.reason === 'expiring') return true
        return step.dueInMs >= (outcome.retryAfterMs ?? 0)
      }),
    )
  })

  it('look again no sooner than the contract, or a tenth of a second, wants, but at the end of a delay', () => {
    always(
      fc.property(policies, lookFacts, verdicts, (policy, facts, verdict) => {
        const step = decideAfterLook(policy, facts, verdict)
        const endsMs = (policy.settle?.forMs ?? 0) + policy.executionDelayMs - facts.quietMs
        const firstMs = (policy.settle?.firstMs ?? 0) - Math.max(facts.quietMs, 0)
        const isLook = step.to === 'verifying' || step.to === 'unknown'
        return !isLook || step.dueInMs >= 100 || step.dueInMs === endsMs || step.dueInMs === firstMs
      }),
    )
  })

  it('plan no call for a time at which it is not worth anything any more', () => {
    const decided = fc.tuple(policies, lookFacts, outcomes, spreads)
    const isInTime = (step: Step, { expiresInMs }: LookFacts) =>
      step.to !== 'scheduled' || step.reason === 'expiring' || step.dueInMs < expiresInMs
    always(fc.property(decided, (each) => isInTime(decideAfterCall(...each), each[1])))
    always(
      fc.property(policies, lookFacts, verdicts, (policy, facts, verdict) =>
        isInTime(decideAfterLook(policy, facts, verdict), facts),
      ),
    )
  })

  it('call nothing again of which the provider said that it, or a part of it, is there', () => {
    always(
      fc.property(policies, lookFacts, verdicts, (policy, facts, verdict) => {
        const isThere = facts.lastMeans === 'exists' || facts.lastMeans === 'partial'
        return !isThere || decideAfterLook(policy, facts, verdict).to !== 'scheduled'
      }),
    )
  })
})

function isProvenAbsent(policy: DeliveryPolicy, facts: LookFacts, verdict: Verdict): boolean {
  const delayMs = (policy.settle?.forMs ?? 0) + policy.executionDelayMs
  const keyLifetimeMs = typeof policy.keyLifetime === 'number' ? policy.keyLifetime : Number.POSITIVE_INFINITY
  const isOver = facts.expiresInMs <= 0
  const isAllowed = facts.attempts < policy.retry.attemptsMax && facts.sinceFirstCallMs < keyLifetimeMs
  return verdict === 'absent' && facts.absences >= 2 && facts.quietMs >= delayMs && (isAllowed || isOver)
}

describe('the legal moves', () => {
  it('lead out of every live state, and out of no settled one', () => {
    for (const state of ['pending', ...LIVE_STATES] as const) expect(LEGAL_MOVES[state]).not.toEqual([])
    for (const state of SETTLED_STATES) expect(LEGAL_MOVES[state]).toEqual([])
  })

  it('reach every state from pending', () => {
    const reached = new Set<State>(['pending'])
    // A set that grows while it is walked is walked to its end.
    for (const state of reached) for (const next of LEGAL_MOVES[state]) reached.add(next)
    expect([...reached].sort()).toEqual(['pending', ...LIVE_STATES, ...SETTLED_STATES].sort())
  })

  it('never lead from an unknown outcome to a call without a look', () => {
    expect(LEGAL_MOVES.unknown).toEqual(['verifying', 'dead'])
  })
})
