import { describe, expect, it } from 'vitest'
import { ENTRY } from '../testing/sample-contract.ts'
import { contractOf, MODULE } from '../testing/sample-module.ts'
import type { CustomCode } from './define-contract.ts'
import { NotSent } from './define-contract.ts'
import { type Ending, readEnding } from './read-ending.ts'

const answers = [
  { status: 409, means: 'exists' },
  { status: 503, means: 'not_executed' },
]
const NONE = { left: 0, lost: 0 }
const ONE = { left: 1, lost: 0 }
const TWO = { left: 2, lost: 0 }
const LOST = { left: 1, lost: 1 }

const reading = (ending: Ending, sent = ONE, custom: Partial<CustomCode> = {}) => {
  const contract = contractOf({ answers, custom: { ...MODULE.custom, ...custom } })
  const read = readEnding(contract, ENTRY, { ending, sent, nowMs: 0 })
  return `${read.class} ${read.cause}${read.externalId === null ? '' : ` ${read.externalId}`}`
}
const returned = (value: unknown): Ending => ({ kind: 'returned', value })
const status = (code: number, more: object = {}) => returned({ sent: true, answer: { status: code, ...more } })

describe('a call by code that', () => {
  it.each<[string, Ending, typeof NONE, string]>([
    ['took too long', { kind: 'left', code: 'deadline' }, NONE, 'side_effect_unknown deadline'],
    ['threw', { kind: 'threw', error: new Error('x') }, NONE, 'side_effect_unknown code_threw'],
    ['threw nothing', { kind: 'threw', error: undefined }, NONE, 'side_effect_unknown code_threw'],
    [
      'says before its first request that it sent nothing',
      { kind: 'threw', error: new NotSent('no_rate') },
      NONE,
      'retryable_failure no_rate',
    ],
    ['says so after it', { kind: 'threw', error: new NotSent('no_rate') }, ONE, 'side_effect_unknown partly_sent'],
    ['has a code that is none', { kind: 'threw', error: new NotSent('no rate!') }, NONE, 'retryable_failure not_sent'],
    [
      'returns that nothing left',
      returned({ sent: false, error: 'ECONNREFUSED' }),
      NONE,
      'retryable_failure ECONNREFUSED',
    ],
    [
      'returns that, and something had',
      returned({ sent: false, error: 'ECONNREFUSED' }),
      ONE,
      'side_effect_unknown partly_sent',
    ],
    [
      'contradicts itself',
      returned({ sent: false, answer: { status: 200 } }),
      NONE,
      'side_effect_unknown code_result_invalid',
    ],
    [
      'got no answer',
      returned({ sent: true, answer: null, error: 'ECONNRESET' }),
      LOST,
      'side_effect_unknown ECONNRESET',
    ],
    ['got no answer and says not why', returned({ sent: true }), NONE, 'side_effect_unknown no_answer'],
    ['was accepted', status(201, { body: '{"id":"i1"}' }), ONE, 'success http_201 i1'],
    ['was accepted at last', status(201, { body: '{"id":"i1"}' }), TWO, 'success http_201 i1'],
    ['was accepted and cut', status(201, { body: '{"id"', truncated: true }), LOST, 'side_effect_unknown truncated'],
    ['was refused', status(422), ONE, 'validation_failure http_422'],
    ['was refused at its second step', status(422), TWO, 'side_effect_unknown partly_sent'],
    ['was denied', status(403), ONE, 'permission_denied http_403'],
    ['is to come again', status(429), ONE, 'retryable_failure http_429'],
    ['met a rule of answers', status(409), ONE, 'side_effect_unknown answer_exists'],
    ['met another', status(503), ONE, 'retryable_failure answer_not_executed'],
    [
      'says how it ended',
      returned({ outcome: 'success', cause: 'booked', externalId: 'i1' }),
      LOST,
      'success booked i1',
    ],
    [
      'says that it failed',
      returned({ outcome: 'validation_failure', cause: 'no_such_account' }),
      TWO,
      'validation_failure no_such_account',
    ],
    [
      'says so though an answer is missing',
      returned({ outcome: 'retryable_failure', cause: 'busy' }),
      LOST,
      'side_effect_unknown answer_lost',
    ],
    ['names an id that is none', returned({ outcome: 'success', cause: 'ok', externalId: 'a\nb' }), ONE, 'success ok'],
  ])('%s: %#', (_, ending, sent, expected) => {
    expect(reading(ending, sent)).toBe(expected)
  })

  it.each([
    undefined,
    null,
    'ok',
    200,
    [],
    {},
    { sent: 'yes' },
    { sent: true, answer: 200 },
    { sent: true, answer: { status: '200' } },
    { sent: true, answer: { status: 99 } },
    { sent: true, answer: { status: 200, body: {} } },
    { sent: true, answer: { status: 200, headers: [] } },
    { outcome: 'done', cause: 'ok' },
    { outcome: 'success' },
    { outcome: 'success', cause: 'Invoice 7 booked' },
    { outcome: 'retryable_failure', cause: 'busy', retryAfterMs: -1 },
    { outcome: 'retryable_failure', cause: 'busy', retryAfterMs: 'soon' },
  ])('returns %j leaves nobody any wiser', (value) => {
    expect(reading(returned(value), NONE)).toBe('side_effect_unknown code_result_invalid')
  })
})

describe('code that says what an answer means', () => {
  it.each<[string, CustomCode['classify'], number, string]>([
    ['is asked where no rule says it', () => 'not_executed', 500, 'retryable_failure answer_not_executed'],
    ['is not asked where one does', () => 'refused', 503, 'retryable_failure answer_not_executed'],
    ['may leave it to the table', () => null, 422, 'validation_failure http_422'],
    [
      'knows what the table says',
      (_, standard) => (standard === 'success' ? 'refused' : null),
      200,
      'validation_failure answer_refused',
    ],
    ['sees the answer', ({ body }) => (body === '' ? 'accepted' : null), 302, 'success answer_accepted'],
    ['says something else', () => 'done' as never, 200, 'side_effect_unknown code_result_invalid'],
    [
      'promises something',
      (() => Promise.resolve('accepted')) as never,
      200,
      'side_effect_unknown code_result_invalid',
    ],
    [
      'throws',
      () => {
        throw new Error('x')
      },
      200,
      'side_effect_unknown code_threw',
    ],
  ])('%s', (_, classify, code, expected) => {
    expect(reading(status(code), ONE, { ...(classify && { classify }) })).toBe(expected)
  })
})
