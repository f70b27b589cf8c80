import { OUTCOME_CLASSES } from '@readback/lifecycle'
import { describe, expect, it } from 'vitest'
import type { Answer } from './answer.ts'
import { readAnswer } from './read-answer.ts'
import { ENTRY, edited, loaded, SAMPLE } from './sample-contract.ts'

const CONTRACT = loaded()
const SILENT = loaded(edited(/answers:\n( {2}- .*\n)+/.exec(SAMPLE)?.[0] ?? '', ''))

const answer = (status: number, body = '{}', more: Partial<Answer> = {}): Answer => ({
  status,
  body,
  headers: {},
  truncated: false,
  ...more,
})

describe('the standard table of answers', () => {
  it.each([
    ['success', [200, 201, 202, 204, 299]],
    ['validation_failure', [400, 402, 404, 405, 406, 410, 411, 413, 414, 415, 416, 417, 422, 426, 428, 431, 451]],
    ['permission_denied', [401, 403, 407]],
    ['retryable_failure', [425, 429]],
    ['side_effect_unknown', [100, 207, 301, 302, 303, 304, 307, 308, 408, 409, 412, 418, 423, 424, 499]],
    ['side_effect_unknown', [500, 501, 502, 503, 504, 507, 520, 599, 600, 0, 999]],
  ])('calls %s: %j', (outcome, statuses) => {
    for (const status of statuses) {
      expect(readAnswer(SILENT, ENTRY, answer(status))).toMatchObject({
        class: outcome,
        means: null,
        cause: `http_${status}`,
      })
    }
  })

  it('has a class for every status there can be', () => {
    for (let status = 0; status <= 999; status += 1) {
      expect(OUTCOME_CLASSES).toContain(readAnswer(SILENT, ENTRY, answer(status)).class)
    }
  })

  it.each([200, 404, 500])('believes nothing of a %i whose body was cut', (status) => {
    expect(readAnswer(SILENT, ENTRY, answer(status, '{"id":"a', { truncated: true }))).toMatchObject({
      class: 'side_effect_unknown',
      cause: 'truncated',
      externalId: null,
    })
  })
})

describe('what a contract says about answers', () => {
  it.each([
    [409, '{"code":"in_progress"}', 'side_effect_unknown', 'in_progress', 'answer_in_progress'],
    [409, '{"code":"other"}', 'side_effect_unknown', 'exists', 'answer_exists'],
    [409, 'not json', 'side_effect_unknown', 'exists', 'answer_exists'],
    [412, '', 'side_effect_unknown', 'exists', 'answer_exists'],
    [503, '', 'retryable_failure', 'not_executed', 'answer_not_executed'],
    [500, '{}', 'side_effect_unknown', null, 'http_500'],
  ])('%i with %s is %s (%s)', (...row) => {
    const [status, body, outcome, means, cause] = row
    expect(readAnswer(CONTRACT, ENTRY, answer(status, body))).toMatchObject({ class: outcome, means, cause })
  })

  it.each([
    ['accepted', 'success', 'answer_accepted'],
    ['exists', 'side_effect_unknown', 'answer_exists'],
    ['in_progress', 'side_effect_unknown', 'answer_in_progress'],
    ['not_executed', 'retryable_failure', 'answer_not_executed'],
    ['refused', 'validation_failure', 'answer_refused'],
    ['permission', 'permission_denied', 'answer_permission'],
    ['other_payload', 'validation_failure', 'mismatch'],
    ['unknown', 'side_effect_unknown', 'answer_unknown'],
  ])('%s is %s', (means, outcome, cause) => {
    const contract = loaded(edited('means: exists', `means: ${means}`))
    expect(readAnswer(contract, ENTRY, answer(412))).toMatchObject({ class: outcome, means, cause })
  })

  it('finds a failure inside a 200', () => {
    const rule = '{ match: { /ok: false }, means: refused }'
    const contract = loaded(edited('answers:\n', `answers:\n  - ${rule}\n`))
    expect(readAnswer(contract, ENTRY, answer(200, '{"ok":false}')).class).toBe('validation_failure')
    expect(readAnswer(contract, ENTRY, answer(200, '{"ok":true}')).class).toBe('success')
    expect(readAnswer(contract, ENTRY, answer(200, '{"ok":fal', { truncated: true })).class).toBe('side_effect_unknown')
  })

  it('compares with the entry where a template says so', () => {
    const rule = '{ status: 409, match: { /customer: "${payload./customer}" }, means: accepted }'
    const contract = loaded(edited('answers:\n', `answers:\n  - ${rule}\n`))
    expect(readAnswer(contract, ENTRY, answer(409, '{"customer":"cust-7"}')).class).toBe('success')
    expect(readAnswer(contract, ENTRY, answer(409, '{"customer":"cust-70"}')).class).toBe('side_effect_unknown')
  })
})

describe('the external id', () => {
  it.each([
    ['{"id":"inv_1"}', 'inv_1'],
    ['{"id":17}', '17'],
    ['{"id":12345678901234567890}', '12345678901234567890'],
    ['{"id":""}', null],
    ['{"id":null}', null],
    ['{"id":"inv\\u0000"}', null],
    ['{"id":{"a":1}}', null],
    ['{}', null],
    ['', null],
    ['<html>', null],
  ])('in %s is %s', (body, id) => {
    expect(readAnswer(CONTRACT, ENTRY, answer(201, body)).externalId).toBe(id)
  })

  it('is taken from a header where the contract says so', () => {
    const contract = loaded(edited('external_id: /id', 'external_id: { header: X-Resource-Id }'))
    expect(readAnswer(contract, ENTRY, answer(201, '', { headers: { 'x-resource-id': 'r9' } })).externalId).toBe('r9')
    expect(readAnswer(contract, ENTRY, answer(201)).externalId).toBeNull()
  })

  it('is not taken from an answer that was no success: it may be somebody else’s', () => {
    expect(readAnswer(CONTRACT, ENTRY, answer(409, '{"id":"inv_1"}')).externalId).toBeNull()
  })
})

describe('Retry-After', () => {
  const NOW = Date.UTC(2026, 10, 22, 12, 0, 0)
  const DATE = 'Sun, 22 Nov 2026 12:00:00 GMT'

  it.each([
    ['0', null, 0],
    ['120', null, 120_000],
    [' 7 ', null, 7_000],
    ['99999999999999999999', null, 365 * 86_400_000],
    ['Sun, 22 Nov 2026 12:00:30 GMT', DATE, 30_000],
    ['Sunday, 22-Nov-26 12:01:00 GMT', DATE, 60_000],
    ['Sun Nov 22 12:02:00 2026', DATE, 120_000],
    ['Sun Nov  1 12:02:00 2026', DATE, 0],
    ['Sun, 22 Nov 2026 12:00:30 GMT', null, 30_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', null, 0],
    ['Sun, 22 Nov 2026 13:00:05 GMT', 'Sun, 22 Nov 2026 13:00:00 GMT', 5_000],
    ['', null, null],
    ['-5', null, null],
    ['1.5', null, null],
    ['soon', null, null],
    ['2026-11-22T12:00:30Z', null, null],
    ['Sun, 22 Foo 2026 12:00:30 GMT', null, null],
    ['Sun, 22 Nov 2026 25:00:30 GMT', null, null],
    ['Sun, 22 Nov 2026 12:00:30 CET', null, null],
  ])('%j beside Date %j waits %j ms', (value, date, ms) => {
    const headers = { 'retry-after': value, ...(date === null ? {} : { date }) }
    expect(readAnswer(CONTRACT, ENTRY, answer(429, '', { headers }), NOW).retryAfterMs).toBe(ms)
  })

  it('as a date means nothing without any clock', () => {
    const headers = { 'retry-after': DATE }
    expect(readAnswer(CONTRACT, ENTRY, answer(429, '', { headers })).retryAfterMs).toBeNull()
  })
})
