import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideAfterCall } from './after-call.ts'
import { decideAfterLook, type LookFacts } from './after-look.ts'
import { ANSWER_MEANINGS, OUTCOME_CLASSES } from './outcome.ts'
import type { DeliveryPolicy } from './policy.ts'
import { canMove, LEGAL_MOVES, LIVE_STATES, SETTLED_STATES, type State } from './state.ts'
import type { Step } from './step.ts'
import { VERDICTS } from './verdict.ts'

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
  quietMs: fc.integer({ min: -200_000_000, max: 200_000_000 }),
  absences: fc.integer({ min: 0, max: 5 }),
  misses: fc.integer({ min: 0, max: 40 }),
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

/** Every step is legal, says what its state needs, and waits for a finite time that has not passed. */
function expectSound(from: State, step: Step): void {
  expect(canMove(from, step.to)).toBe(true)
  if ('dueInMs' in step) expect(Number.isFinite(step.dueInMs) && step.dueInMs >= 0).toBe(true)
  if (step.to === 'dead') expect(step.cause).not.toBe('')
}

describe('the decision tables', () => {
  it('leave a call by legal moves only', () => {
    fc.assert(
      fc.property(policies, lookFacts, outcomes, spreads, (policy, facts, outcome, spread) =>
        expectSound('calling', decideAfterCall(policy, facts, outcome, spread)),
      ),
      { numRuns: 2_000 },
    )
  })

  it('leave a look by legal moves only', () => {
    fc.assert(
      fc.property(policies, lookFacts, fc.constantFrom(...VERDICTS), (policy, facts, verdict) =>
        expectSound('verifying', decideAfterLook(policy, facts, verdict)),
      ),
      { numRuns: 2_000 },
    )
  })

  it('call nothing done that no look has seen', () => {
    fc.assert(
      fc.property(policies, lookFacts, fc.constantFrom(...VERDICTS), (policy, facts, verdict) => {
        if (decideAfterLook(policy, facts, verdict).to === 'done') expect(verdict).toBe('present')
      }),
    )
  })

  it('call again only what was proven absent, after every delay, with a key that is alive', () => {
    fc.assert(
      fc.property(policies, lookFacts, fc.constantFrom(...VERDICTS), (policy, facts, verdict) => {
        if (decideAfterLook(policy, facts, verdict).to !== 'scheduled') return
        expect(verdict).toBe('absent')
        expect(facts.absences).toBeGreaterThanOrEqual(2)
        expect(facts.quietMs).toBeGreaterThanOrEqual((policy.settle?.forMs ?? 0) + policy.executionDelayMs)
        expect(facts.attempts).toBeLessThan(policy.retry.attemptsMax)
        if (typeof policy.keyLifetime === 'number') expect(facts.sinceFirstCallMs).toBeLessThan(policy.keyLifetime)
      }),
      { numRuns: 5_000 },
    )
  })
})

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
