import { describe, expect, it } from 'vitest'
import { type CallOutcome, decideAfterCall, decideInsteadOfCall } from './after-call.ts'
import type { OutcomeClass } from './outcome.ts'
import type { DeliveryPolicy, EntryFacts } from './policy.ts'
import type { Step } from './step.ts'
import { FIRST_CALL, HOUR_MS, KEYED, OPAQUE } from './testing/facts.ts'

const HUMAN: DeliveryPolicy = { ...KEYED, onUnknown: 'human' }
const FUTILE = { means: null, cause: 'http_400', retryAfterMs: null }

const decide = (
  outcome: Partial<CallOutcome> & { class: OutcomeClass },
  {
    policy = KEYED,
    facts = {},
    spread = 0.5,
  }: { policy?: DeliveryPolicy; facts?: Partial<EntryFacts>; spread?: number } = {},
): Step => decideAfterCall(policy, { ...FIRST_CALL, ...facts }, { ...FUTILE, ...outcome }, spread)

describe('after a success', () => {
  it('the effect is read back, as soon as the contract lets it settle', () => {
    expect(decide({ class: 'success' })).toEqual({ to: 'verifying', dueInMs: 200 })
  })

  it('an effect that nobody can read back ends acknowledged, never done', () => {
    expect(decide({ class: 'success' }, { policy: OPAQUE })).toEqual({ to: 'acknowledged' })
  })

  it('neither attempts nor deadline nor key matter any more', () => {
    const facts = { attempts: 99, sinceCommitMs: 99 * HOUR_MS, sinceFirstCallMs: 99 * HOUR_MS }
    expect(decide({ class: 'success' }, { facts })).toEqual({ to: 'verifying', dueInMs: 200 })
  })
})

describe('after an outcome in doubt', () => {
  it('somebody looks before anybody calls', () => {
    expect(decide({ class: 'side_effect_unknown' })).toEqual({ to: 'unknown', dueInMs: 200 })
  })

  it.each([
    ['nobody can look', OPAQUE],
    ['the contract wants a person', HUMAN],
  ])('a person decides where %s', (_, policy) => {
    expect(decide({ class: 'side_effect_unknown' }, { policy })).toEqual({ to: 'dead', cause: 'unknown_outcome' })
  })

  it.each(['exists', 'in_progress', 'unknown'] as const)(
    'an answer that means "%s" goes to the look as well',
    (means) => {
      expect(decide({ class: 'side_effect_unknown', means })).toEqual({ to: 'unknown', dueInMs: 200 })
    },
  )

  it('a person decides on an entry of which only a part has happened, whatever else the contract says', () => {
    for (const policy of [KEYED, OPAQUE, HUMAN]) {
      const step = decide({ class: 'side_effect_unknown', means: 'partial', cause: 'partial' }, { policy })
      expect(step).toEqual({ to: 'dead', cause: 'partial' })
    }
  })

  it('the last attempt is looked for like every other', () => {
    expect(decide({ class: 'side_effect_unknown' }, { facts: { attempts: 5 } })).toEqual({
      to: 'unknown',
      dueInMs: 200,
    })
  })
})

describe('after a refusal', () => {
  it.each(['validation_failure', 'permission_denied'] as const)('%s is told to a person at once', (outcome) => {
    expect(decide({ class: outcome, cause: 'http_422' })).toEqual({ to: 'dead', cause: 'http_422' })
  })

  it('because of another payload under our key is a mismatch', () => {
    expect(decide({ class: 'validation_failure', means: 'other_payload' })).toEqual({ to: 'dead', cause: 'mismatch' })
  })
})

describe('after a failure that proves that nothing happened', () => {
  const failed = { class: 'retryable_failure', cause: 'connect_refused' } as const

  it('the call is made again after a pause', () => {
    expect(decide(failed)).toEqual({ to: 'scheduled', dueInMs: 500, reason: 'backoff' })
    expect(decide(failed, { facts: { attempts: 3 } })).toEqual({ to: 'scheduled', dueInMs: 2_000, reason: 'backoff' })
  })

  it('also where nobody can look, or a person is wanted: there is no doubt', () => {
    expect(decide(failed, { policy: OPAQUE })).toMatchObject({ to: 'scheduled' })
    expect(decide(failed, { policy: HUMAN })).toMatchObject({ to: 'scheduled' })
  })

  it('the provider may ask for a longer pause, never for a shorter one', () => {
    expect(decide({ ...failed, retryAfterMs: 7_000 })).toMatchObject({ dueInMs: 7_000 })
    expect(decide({ ...failed, retryAfterMs: 1 })).toMatchObject({ dueInMs: 500 })
  })

  it('the last attempt is the last', () => {
    expect(decide(failed, { facts: { attempts: 4 } })).toMatchObject({ to: 'scheduled' })
    expect(decide(failed, { facts: { attempts: 5 } })).toEqual({ to: 'dead', cause: 'attempts_exhausted' })
  })

  it('a pause that ends after the deadline is not begun', () => {
    const sinceCommitMs = 24 * HOUR_MS - 500
    expect(decide(failed, { facts: { sinceCommitMs } })).toMatchObject({ to: 'scheduled' })
    expect(decide(failed, { facts: { sinceCommitMs: sinceCommitMs + 1 } })).toEqual({
      to: 'dead',
      cause: 'deadline_exceeded',
    })
    const policy = { ...KEYED, keyLifetime: null }
    expect(decide({ ...failed, retryAfterMs: 25 * HOUR_MS }, { policy })).toEqual({
      to: 'dead',
      cause: 'deadline_exceeded',
    })
  })

  it('a pause that ends when the call is not worth anything any more is spent waiting for that end', () => {
    expect(decide(failed, { facts: { expiresInMs: 501 } })).toMatchObject({ reason: 'backoff' })
    expect(decide(failed, { facts: { expiresInMs: 500 } })).toEqual({
      to: 'scheduled',
      dueInMs: 500,
      reason: 'expiring',
    })
    const asked = { ...failed, retryAfterMs: 60_000 }
    expect(decide(asked, { facts: { expiresInMs: 900 } })).toEqual({
      to: 'scheduled',
      dueInMs: 900,
      reason: 'expiring',
    })
  })

  it('an end that is over needs no person, however often and long it was tried', () => {
    const facts = { expiresInMs: -5, attempts: 5, sinceCommitMs: 99 * HOUR_MS }
    expect(decide(failed, { facts })).toEqual({ to: 'scheduled', dueInMs: 0, reason: 'expiring' })
  })

  it('the provider may ask for a pause that is longer than the cap of ours', () => {
    expect(decide({ ...failed, retryAfterMs: 3 * HOUR_MS })).toEqual({
      to: 'scheduled',
      dueInMs: 3 * HOUR_MS,
      reason: 'backoff',
    })
  })

  it.each([
    [1, 0.999, 999],
    [4, 0.999, 7_992],
    [40, 0.999, 599_400],
    [40, 0, 0],
  ])('the pause after attempt %i, drawn at %f, is %i ms: never more than the cap', (attempts, spread, dueInMs) => {
    const policy = { ...KEYED, retry: { ...KEYED.retry, attemptsMax: 99 } }
    expect(decide(failed, { policy, facts: { attempts }, spread })).toEqual({
      to: 'scheduled',
      dueInMs,
      reason: 'backoff',
    })
  })

  it('a pause that ends in the last tenth of the life of the key is not begun', () => {
    const facts = { sinceCommitMs: 9 * HOUR_MS, sinceFirstCallMs: 9 * HOUR_MS - 501 }
    expect(decide(failed, { facts })).toMatchObject({ to: 'scheduled' })
    expect(decide(failed, { facts: { ...facts, sinceFirstCallMs: facts.sinceFirstCallMs + 1 } })).toEqual({
      to: 'dead',
      cause: 'key_expired',
    })
  })

  it('a key that ends meanwhile is told before attempts and time: a replay gives those anew, and the key not', () => {
    const facts = { attempts: 5, sinceCommitMs: 99 * HOUR_MS, sinceFirstCallMs: 99 * HOUR_MS }
    expect(decide(failed, { policy: { ...OPAQUE, keyLifetime: 1 }, facts })).toEqual({
      to: 'dead',
      cause: 'key_expired',
    })
  })
})

describe('when the provider may have forgotten the key', () => {
  const late = { sinceCommitMs: 10 * HOUR_MS, sinceFirstCallMs: 9 * HOUR_MS }
  const instead = (facts: Partial<EntryFacts>, policy = KEYED): Step =>
    decideInsteadOfCall(policy, { ...FIRST_CALL, ...late, ...facts })

  it('what an earlier call has done is looked for, before a person is told that there is nothing', () => {
    const look = { to: 'unknown', dueInMs: 200 }
    expect(instead({ attempts: 2 })).toEqual(look)
    expect(decide({ class: 'retryable_failure' }, { facts: { ...late, attempts: 2 } })).toEqual(look)
  })

  it('also when that call was made before a replay, which counts attempts and time anew', () => {
    expect(instead({ attempts: 1, sinceCommitMs: 500 })).toEqual({ to: 'unknown', dueInMs: 200 })
  })

  it.each([
    ['nothing was called before', { attempts: 1 }, KEYED],
    ['nobody can look', { attempts: 2 }, OPAQUE],
    ['the contract leaves looking to a person', { attempts: 2 }, HUMAN],
  ])('a person is told at once where %s', (_, facts, policy) => {
    expect(instead(facts, policy)).toEqual({ to: 'dead', cause: 'key_expired' })
  })
})
