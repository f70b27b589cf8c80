import { describe, expect, it } from 'vitest'
import { decideAfterLook, type LookFacts } from './after-look.ts'
import type { DeliveryPolicy } from './policy.ts'
import type { Step } from './step.ts'
import { FIRST_LOOK, HOUR_MS, KEYED, OPAQUE, PROVEN_ABSENT } from './testing/facts.ts'
import { VERDICTS, type Verdict } from './verdict.ts'

const HUMAN: DeliveryPolicy = { ...KEYED, onUnknown: 'human' }

const decide = (verdict: Verdict, facts: Partial<LookFacts> = {}, policy = KEYED): Step =>
  decideAfterLook(policy, { ...FIRST_LOOK, ...facts }, verdict)

const absent = (facts: Partial<LookFacts> = {}, policy = KEYED): Step =>
  decideAfterLook(policy, { ...PROVEN_ABSENT, ...facts }, 'absent')

describe('a look that saw the effect', () => {
  it('settles the entry as done, whatever the call said', () => {
    for (const lastOutcome of ['success', 'side_effect_unknown', null] as const)
      expect(decide('present', { lastOutcome })).toEqual({ to: 'done' })
  })

  it('settles it also after the deadline, the attempts and the life of the key', () => {
    const facts = { attempts: 99, sinceCommitMs: 99 * HOUR_MS, sinceFirstCallMs: 99 * HOUR_MS }
    expect(decide('present', facts)).toEqual({ to: 'done' })
  })
})

describe('a look that saw what needs a person', () => {
  it.each([
    ['mismatch', 'mismatch', [200, 40_000]],
    ['duplicate', 'duplicate_at_provider', [-1_000, 0, 40_000]],
    ['failed', 'failed_at_provider', [-1_000, 0, 40_000]],
    ['removed', 'removed', [-1_000, 0, 40_000]],
  ] as const)('%s is never called again by itself', (verdict, cause, times) => {
    for (const quietMs of times) expect(decide(verdict, { quietMs, absences: 2 })).toEqual({ to: 'dead', cause })
  })
})

describe('a look that a hint brought forward, before the first one of the contract', () => {
  const patient: DeliveryPolicy = { ...KEYED, settle: { firstMs: 30_000, everyMs: 2_000, forMs: 60_000 } }
  const early = { quietMs: 200, lastOutcome: 'success' } as const

  it('settles what it sees', () => {
    expect(decide('present', early, patient)).toEqual({ to: 'done' })
  })

  it('is no proof of absence, however often it comes', () => {
    for (const absences of [1, 2, 99])
      expect(decide('absent', { ...early, absences }, patient)).toEqual({ to: 'verifying', dueInMs: 2_000 })
  })

  it('waits for the first one when it sees something else than was sent', () => {
    expect(decide('mismatch', early, patient)).toEqual({ to: 'verifying', dueInMs: 29_800 })
    expect(decide('mismatch', { ...early, quietMs: -1_000 }, patient)).toMatchObject({ dueInMs: 30_000 })
    expect(decide('mismatch', { ...early, quietMs: 30_000 }, patient)).toEqual({ to: 'dead', cause: 'mismatch' })
  })

  it('asks a person about what no time will change', () => {
    expect(decide('duplicate', early, patient)).toMatchObject({ to: 'dead' })
    expect(decide('failed', early, patient)).toMatchObject({ to: 'dead' })
  })
})

describe('a look that saw the effect unfinished', () => {
  it('is repeated within the settle time', () => {
    expect(decide('pending', { quietMs: 9_999 })).toEqual({ to: 'unknown', dueInMs: 2_000 })
    expect(decide('pending', { quietMs: 9_999, lastOutcome: 'success' })).toEqual({ to: 'verifying', dueInMs: 2_000 })
  })

  it('needs a person after it', () => {
    expect(decide('pending', { quietMs: 10_000 })).toEqual({ to: 'dead', cause: 'pending_too_long' })
  })
})

describe('a look that failed by itself', () => {
  it('is repeated, each time after twice the pause, five minutes at most', () => {
    expect(decide('inconclusive', { misses: 1 })).toEqual({ to: 'unknown', dueInMs: 2_000 })
    expect(decide('inconclusive', { misses: 4 })).toEqual({ to: 'unknown', dueInMs: 16_000 })
    expect(decide('inconclusive', { misses: 29 })).toEqual({ to: 'unknown', dueInMs: 300_000 })
  })

  it('leaves an entry that was accepted in verification', () => {
    expect(decide('inconclusive', { misses: 1, lastOutcome: 'success' })).toEqual({ to: 'verifying', dueInMs: 2_000 })
  })

  it('waits also where the contract looks without a pause', () => {
    const hasty: DeliveryPolicy = { ...KEYED, settle: { firstMs: 0, everyMs: 0, forMs: 0 } }
    expect(decide('inconclusive', { misses: 11 }, hasty)).toEqual({ to: 'unknown', dueInMs: 102_400 })
  })

  it('needs a person after thirty times in a row', () => {
    expect(decide('inconclusive', { misses: 30 })).toEqual({ to: 'dead', cause: 'inconclusive' })
  })

  it('uses up no attempt and knows no deadline', () => {
    const facts = { misses: 1, attempts: 99, sinceCommitMs: 99 * HOUR_MS, sinceFirstCallMs: 99 * HOUR_MS }
    expect(decide('inconclusive', facts)).toMatchObject({ to: 'unknown' })
  })
})

describe('a look that saw nothing', () => {
  it('is repeated while settle time and execution delay last, and once more at their end', () => {
    expect(absent({ quietMs: 0 })).toEqual({ to: 'unknown', dueInMs: 2_000 })
    expect(absent({ quietMs: 39_000 })).toEqual({ to: 'unknown', dueInMs: 1_000 })
    expect(absent({ quietMs: 39_999 })).toEqual({ to: 'unknown', dueInMs: 1 })
  })

  it('proves nothing while a call of ours can still be under way', () => {
    expect(absent({ quietMs: -60_000, absences: 9 })).toEqual({ to: 'unknown', dueInMs: 2_000 })
  })

  it('is not believed before the second time', () => {
    expect(absent({ absences: 1 })).toEqual({ to: 'unknown', dueInMs: 2_000 })
    expect(absent({ absences: 1, lastOutcome: 'success' })).toEqual({ to: 'verifying', dueInMs: 2_000 })
  })

  it('leads to another call, once it is proven', () => {
    const again = { to: 'scheduled', dueInMs: 0, reason: 'call_again' }
    expect(absent()).toEqual(again)
    expect(absent({ lastOutcome: 'success' })).toEqual(again)
    expect(absent({}, { ...KEYED, keyLifetime: null })).toEqual(again)
  })

  it('leads to no other call once that is not worth anything, and needs no person either', () => {
    const over = { to: 'scheduled', dueInMs: 0, reason: 'expiring' }
    expect(absent({ expiresInMs: -1 })).toEqual(over)
    expect(absent({ expiresInMs: 0, lastOutcome: 'success' })).toEqual(over)
    expect(absent({ expiresInMs: -1, attempts: 5, sinceCommitMs: 99 * HOUR_MS })).toEqual(over)
    expect(absent({ expiresInMs: 1 })).toMatchObject({ reason: 'call_again' })
  })

  it.each([
    ['is there', 'present', { to: 'done' }],
    ['is there, and is something else', 'mismatch', { to: 'dead', cause: 'mismatch' }],
    ['is there, unfinished', 'pending', { to: 'dead', cause: 'pending_too_long' }],
    ['could not be seen', 'inconclusive', { to: 'unknown', dueInMs: 2_000 }],
  ] as const)('and its end change nothing for what %s', (_, verdict, step) => {
    expect(decide(verdict, { ...PROVEN_ABSENT, misses: 1, expiresInMs: -1 })).toEqual(step)
  })

  it('is looked for as long after its end as before it', () => {
    expect(absent({ expiresInMs: -1, absences: 1 })).toEqual({ to: 'unknown', dueInMs: 2_000 })
    expect(absent({ expiresInMs: -1, quietMs: 0 })).toEqual({ to: 'unknown', dueInMs: 2_000 })
    expect(absent({ expiresInMs: -1, seenPresentBefore: true })).toEqual({ to: 'dead', cause: 'removed' })
    expect(absent({ expiresInMs: -1, lastMeans: 'partial' })).toEqual({ to: 'dead', cause: 'partial' })
  })

  it('means that it was removed if it was seen before, at once and for good', () => {
    for (const quietMs of [0, 40_000])
      expect(absent({ seenPresentBefore: true, quietMs, absences: 1 })).toEqual({ to: 'dead', cause: 'removed' })
  })

  it('means that the key is taken by something else if the provider said that it exists', () => {
    expect(absent({ lastMeans: 'exists' })).toEqual({ to: 'dead', cause: 'key_taken' })
    expect(absent({ lastMeans: 'exists', absences: 1 })).toMatchObject({ to: 'unknown' })
  })

  it('means a contradiction if the provider said that a part has happened: after a replay a person decides again', () => {
    expect(absent({ lastMeans: 'partial', attempts: 0 })).toEqual({ to: 'dead', cause: 'partial' })
    expect(absent({ lastMeans: 'partial', absences: 1 })).toMatchObject({ to: 'unknown' })
  })

  it.each([
    ['attempts_exhausted', { attempts: 5 }],
    ['deadline_exceeded', { sinceCommitMs: 24 * HOUR_MS + 1 }],
    ['key_expired', { sinceFirstCallMs: 9 * HOUR_MS }],
  ])('needs a person where no further call is allowed: %s', (cause, facts) => {
    expect(absent(facts)).toEqual({ to: 'dead', cause })
  })

  it('trusts a key of unknown life until the provider has answered once', () => {
    const policy: DeliveryPolicy = { ...KEYED, keyLifetime: 'unknown' }
    expect(absent({ answeredCalls: 0, sinceFirstCallMs: 9 * HOUR_MS }, policy)).toMatchObject({ to: 'scheduled' })
    expect(absent({ answeredCalls: 1 }, policy)).toEqual({ to: 'dead', cause: 'key_expired' })
  })

  it('trusts a key that is kept until it is deleted for ever', () => {
    const policy: DeliveryPolicy = { ...KEYED, keyLifetime: 'until_deleted' }
    expect(absent({ sinceFirstCallMs: 23 * HOUR_MS }, policy)).toMatchObject({ to: 'scheduled' })
  })
})

describe('a contract by which a person decides', () => {
  it('is obeyed whatever the look saw, where the outcome is in doubt', () => {
    for (const verdict of VERDICTS) {
      expect(decide(verdict, {}, HUMAN)).toEqual({ to: 'dead', cause: 'unknown_outcome' })
      expect(decide(verdict, {}, OPAQUE)).toEqual({ to: 'dead', cause: 'unknown_outcome' })
    }
  })

  it('is satisfied by a replay: what is there is done, what is not there is called again', () => {
    expect(decide('present', { attempts: 0 }, HUMAN)).toEqual({ to: 'done' })
    expect(absent({ attempts: 0 }, HUMAN)).toEqual({ to: 'scheduled', dueInMs: 0, reason: 'call_again' })
    expect(decide('present', { attempts: 0 }, OPAQUE)).toEqual({ to: 'dead', cause: 'unknown_outcome' })
  })

  it('does not stand in the way of reading back what was accepted', () => {
    expect(decide('present', { lastOutcome: 'success' }, HUMAN)).toEqual({ to: 'done' })
  })
})
