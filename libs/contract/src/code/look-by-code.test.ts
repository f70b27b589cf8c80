import { describe, expect, it } from 'vitest'
import { lookTimeByCode, type Subject, startLook, takeFindings } from '../read/look.ts'
import { loaded, secret, UNANSWERED } from '../testing/sample-contract.ts'
import { contractOf, MODULE } from '../testing/sample-module.ts'
import type { LookFindings } from './define-contract.ts'
import type { Ending } from './read-ending.ts'
import { readFindings } from './read-findings.ts'

const { key } = UNANSWERED
const OURS = { id: 'i1', reference: key, amount: 12.5 }
const canary = { url: 'https://b.example/health', status: 200 }

function seen(findings: Ending, subject: Subject = UNANSWERED, more: Record<string, unknown> = {}) {
  const step = takeFindings(contractOf(more), subject, secret, readFindings(findings, 2))
  return step.kind === 'request' ? 'asks the canary' : `${step.verdict} ${step.cause}`
}
const found = (value: LookFindings): Ending => ({ kind: 'returned', value })
const items = (...all: unknown[]): Ending => found({ items: all, complete: true })

describe('what code has found', () => {
  it.each<[string, Ending, string]>([
    ['ours, as it was meant', items(OURS), 'present present'],
    ['ours among others', items({ reference: `${key}0`, amount: 12.5 }, OURS, null, 7), 'present present'],
    ['ours with another amount', items({ ...OURS, amount: 13 }), 'mismatch mismatch'],
    ['ours, not finished', items({ ...OURS, state: 'draft' }), 'pending pending'],
    ['two that are ours', items(OURS, { ...OURS, id: 'i2' }), 'duplicate duplicate_at_provider'],
    ['the same one twice', items(OURS, { ...OURS }), 'present present'],
    ['only others', items({ reference: 'other', amount: 12.5 }), 'absent absent'],
    ['nothing', items(), 'absent absent'],
    ['nothing so far', found({ items: [], complete: false }), 'inconclusive look_incomplete'],
    ['one so far: there may be a second', found({ items: [OURS], complete: false }), 'inconclusive look_incomplete'],
    ['two so far', found({ items: [OURS, { ...OURS, id: 'i2' }], complete: false }), 'duplicate duplicate_at_provider'],
    ['nothing for certain', found({ inconclusive: 'maintenance' }), 'inconclusive maintenance'],
    ['a throw', { kind: 'threw', error: new Error('x') }, 'inconclusive code_threw'],
    ['the end of its time', { kind: 'left', code: 'deadline' }, 'inconclusive deadline'],
  ])('%s', (_, findings, expected) => {
    expect(seen(findings)).toBe(expected)
  })

  it.each([
    undefined,
    [],
    { items: [] },
    { items: {}, complete: true },
    { items: [], complete: 'yes' },
    { items: [1n], complete: true },
    { items: ['x'.repeat(1024 * 1024)], complete: true },
    { verdict: 'present' },
    { inconclusive: 'Something went wrong' },
  ])('is no finding when it is %#', (value) => {
    expect(seen({ kind: 'returned', value })).toBe('inconclusive code_result_invalid')
  })

  it('is compared as it would have been in an answer: toJSON counts, and nothing behind it', () => {
    expect(seen(items({ toJSON: () => OURS }))).toBe('present present')
  })

  it('asks the canary before an absence is believed', () => {
    const guarded = { verify: { ...MODULE.verify, canary } }
    expect(seen(items(), UNANSWERED, guarded)).toBe('asks the canary')
    expect(seen(items(OURS), UNANSWERED, guarded)).toBe('present present')
  })

  it('was removed when it had been there', () => {
    expect(seen(items(), { ...UNANSWERED, seenPresentBefore: true })).toBe('removed removed')
  })

  it('is nothing for a key that does not fit', () => {
    const provider = { ...MODULE.provider, key: { in: 'body', max_bytes: 3 } }
    expect(seen(items(OURS), UNANSWERED, { provider })).toBe('inconclusive key_does_not_fit')
  })

  it.each([
    [new TypeError('4711 is no list'), 'the code of the look threw TypeError'],
    ['4711', 'the code of the look threw something'],
  ])('tells what was thrown, and not what it says: %s', (error, what) => {
    const step = takeFindings(contractOf(), UNANSWERED, secret, readFindings({ kind: 'threw', error }, 0))
    expect(step).toMatchObject({ what })
  })

  it('tells how many requests it took, and no status', () => {
    const step = takeFindings(contractOf(), UNANSWERED, secret, readFindings(items(OURS), 2))
    expect(step).toMatchObject({ externalId: 'i1', pages: 2, status: null, by: 'key' })
  })
})

describe('a look by code', () => {
  const byId = { by_id: { read: { url: 'https://b.example/${external_id}' }, absent: [{ items: 0 }] } }
  const answered = { ...UNANSWERED, externalId: 'i1', answeredCalls: 1 }

  it('has the time of the call unless it says its own', () => {
    const own = { verify: { ...MODULE.verify, by_key: { ...MODULE.verify.by_key, timeout: '7s' } } }
    expect(lookTimeByCode(contractOf(), UNANSWERED)).toBe(10_000)
    expect(lookTimeByCode(contractOf(own), UNANSWERED)).toBe(7_000)
    expect(lookTimeByCode(loaded(), UNANSWERED)).toBeNull()
  })

  it('leaves the look by id to a request', () => {
    const both = contractOf({ verify: { ...MODULE.verify, ...byId } })
    expect(lookTimeByCode(both, answered)).toBeNull()
    expect(lookTimeByCode(both, UNANSWERED)).toBe(10_000)
    expect(startLook(both, answered, secret)).toMatchObject({ plan: { url: 'https://b.example/i1' } })
  })

  it('sees nothing where the code is not there', () => {
    expect(startLook(contractOf(), UNANSWERED, secret)).toMatchObject({
      verdict: 'inconclusive',
      cause: 'look_by_code',
    })
  })
})
