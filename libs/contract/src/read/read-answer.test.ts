import { OUTCOME_CLASSES } from '@readback/lifecycle'
import { describe, expect, it } from 'vitest'
import { ENTRY, edited, loaded, SAMPLE } from '../testing/sample-contract.ts'
import type { Answer } from './answer.ts'
import { readAnswer } from './read-answer.ts'

const CONTRACT = loaded()
const SILENT = loaded(edited(/answers:\n( {2}- .*\n)+/.exec(SAMPLE)?.[0] ?? '', ''))

const answer = (status: number, body = '{}', more: Partial<Answer> = {}): Answer => ({
  status,
  body,
  headers: {},
  truncated: false,
  ...more,
})

/** Nothing but a call. */
const calling = (decode: string, externalId: string, rule = '{ status: 409, means: exists }') => `effect: a
version: 1
call: { method: POST, url: https://b.example/, timeout: 10s, decode: ${decode}, external_id: ${externalId} }
provider: { repeat: acts_again }
answers: [${rule}]
verify: { none: nobody can look, ends: acknowledged }
on_unknown: human
rollback: { strategy: none }
`

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
    ['partial', 'side_effect_unknown', 'partial'],
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

describe('a rule on answers', () => {
  const withRule = (rule: string, decode = 'json') => loaded(calling(decode, '{ re: "x" }', rule))
  const reads = (rule: string, ...row: Parameters<typeof answer>) => readAnswer(withRule(rule), ENTRY, answer(...row))

  it.each([
    ['5xx', [500, 502, 599], [499, 409]],
    ['[4xx, 503]', [400, 404, 499, 503], [500]],
    ['1xx', [100, 199], [200]],
  ])('with status %s', (status, within, without) => {
    for (const each of within) expect(reads(`{ status: ${status}, means: partial }`, each).means).toBe('partial')
    for (const each of without) expect(reads(`{ status: ${status}, means: partial }`, each).means).not.toBe('partial')
  })

  it.each([
    ['{ header: { X-Error: "quota" }, means: not_executed }', { 'x-error': 'quota' }, 'not_executed'],
    ['{ header: { X-Error: "quota" }, means: not_executed }', { 'x-error': 'other' }, null],
    ['{ header: { X-Error: { exists: true } }, means: not_executed }', { 'x-error': '' }, 'not_executed'],
    ['{ header: { X-Error: { exists: true } }, means: not_executed }', {}, null],
    ['{ header: { X-Key: "${key}" }, means: accepted }', { 'x-key': ENTRY.key }, 'accepted'],
    ['{ header: { constructor: { exists: true } }, means: accepted }', {}, null],
  ])('%s of %j is %j', (rule, headers, means) => {
    expect(reads(rule, 500, '', { headers }).means).toBe(means)
  })

  it.each([
    ['xml', '{ match: { /Error/Code: SlowDown }, means: not_executed }', '<Error><Code>SlowDown</Code></Error>'],
    ['text', '{ match: { "": { re: "(?i)already exists" } }, means: not_executed }', 'Object Already Exists\n'],
    ['form', '{ match: { /error: throttled }, means: not_executed }', 'error=throttled&id='],
    ['json', '{ decode: text, match: { "": "try later" }, means: not_executed }', 'try later'],
    ['xml', '{ decode: json, match: { /code: 7 }, means: not_executed }', '{"code":7}'],
  ])('reads %s: %s', (decode, rule, body) => {
    const contract = withRule(rule, decode)
    expect(readAnswer(contract, ENTRY, answer(500, body)).means).toBe('not_executed')
    expect(readAnswer(contract, ENTRY, answer(500, 'something else')).means).toBeNull()
  })

  it('that nobody can decide makes the answer one that proves nothing, not one of the next rule', () => {
    const rule = '{ decode: text, match: { "": { re: "already there" } }, means: exists }'
    expect(reads(rule, 400, 'x'.repeat(70_000))).toMatchObject({
      class: 'side_effect_unknown',
      cause: 'text_too_long',
      means: null,
      externalId: null,
    })
  })

  it.each([
    ['{ at: /ms, unit: ms }', { ms: 1500 }, {}, 1_500],
    ['{ at: /s }', { s: '1.25' }, {}, 1_250],
    ['{ at: /s, unit: s }', { s: 0.0001 }, {}, 1],
    ['{ header: X-Reset-After }', {}, { 'x-reset-after': ' 3 ' }, 3_000],
    ['{ at: /s }', { s: 2 }, { 'retry-after': '5' }, 5_000],
    ['{ at: /s }', { s: 7 }, { 'retry-after': '5' }, 7_000],
    ['{ at: /s }', {}, { 'retry-after': '5' }, 5_000],
    ['{ at: /s }', { s: 9e20 }, {}, null],
    ['{ at: /s }', { s: 999999999999 }, {}, 365 * 86_400_000],
    ['{ at: /s }', { s: -1 }, {}, null],
    ['{ at: /s }', { s: '2 s' }, {}, null],
    ['{ at: /s }', { s: null }, {}, null],
    ['{ at: /s }', { s: [1] }, {}, null],
  ])('with retry_after: %s waits, for %j and %j, %j ms', (rule, body, headers, ms) => {
    const text = `{ status: 429, means: not_executed, retry_after: ${rule} }`
    expect(reads(text, 429, JSON.stringify(body), { headers }).retryAfterMs).toBe(ms)
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
    ['{"id":"inv\\r\\nSet-Cookie: a"}', null],
    ['{"id":"inv\\ud800"}', null],
    ['{"id":" "}', ' '],
    [`{"id":"${'é'.repeat(512)}"}`, 'é'.repeat(512)],
    [`{"id":"${'é'.repeat(512)}x"}`, null],
    ['{"id":["inv_1"]}', null],
    ['{"id":true}', null],
    ['\ufeff{"id":"inv_1"}', 'inv_1'],
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

  it.each([
    ['{ header: Location, re: "/([^/]+)$" }', {}, { location: 'https://b.example/v1/invoices/inv_1' }, 'inv_1'],
    ['{ header: Location, re: "/([^/]+)$" }', {}, { location: 'https://b.example/v1/invoices/' }, null],
    ['{ header: Location, re: "/jobs/([^/]+)$" }', {}, { location: '/v1/jobs/j-17' }, 'j-17'],
    ['{ at: /links/self, re: "/([^/]+)$" }', { links: { self: '/v1/invoices/inv_1' } }, {}, 'inv_1'],
    ['{ at: /links/self, re: "/([^/]+)$" }', { links: {} }, {}, null],
    ['{ at: /id }', { id: 17 }, {}, '17'],
    ['{ re: "queued as ([A-F0-9]+)" }', '250 OK: queued as 4F0A12', {}, '4F0A12'],
    ['{ re: "queued as ([A-F0-9]*)" }', '250 OK: queued as ', {}, null],
    ['{ re: "queued as ([A-F0-9]+)" }', `${' '.repeat(70_000)}queued as 4F`, {}, null],
    ['{ header: constructor }', {}, {}, null],
  ])('by %s from %j and %j is %j', (rule, body, headers, id) => {
    const contract = loaded(edited('external_id: /id', `external_id: ${rule}`))
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    expect(readAnswer(contract, ENTRY, answer(201, text, { headers })).externalId).toBe(id)
  })

  it.each([
    ['xml', '/Result/Key', '<s:Result xmlns:s="u"><s:Key>k-1</s:Key></s:Result>', 'k-1'],
    ['xml', '/Result/@id', '<Result id="7"/>', '7'],
    ['xml', '/Result/Key', '{"Result":{"Key":"k"}}', null],
    ['form', '/id', 'id=a%2Fb&ok=1', 'a/b'],
  ])('is read as %s at %s whatever the label is', (decode, pointer, body, id) => {
    const contract = loaded(calling(decode, pointer))
    const headers = { 'content-type': 'application/json' }
    expect(readAnswer(contract, ENTRY, answer(200, body, { headers })).externalId).toBe(id)
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
