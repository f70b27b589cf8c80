import { describe, expect, it } from 'vitest'
import { edited, loaded, SAMPLE, secret, UNANSWERED } from '../testing/sample-contract.ts'
import type { AnswerOrFailure } from './answer.ts'
import { type Sighting, type Subject, startLook } from './look.ts'

const CONTRACT = loaded()
const ANSWERED: Subject = { ...UNANSWERED, externalId: 'inv_1', answeredCalls: 1 }
const KEY = UNANSWERED.key

const ours = (more: object = {}) => ({ id: 'inv_1', amount: 12.5, metadata: { key: KEY }, ...more })
const other = (id: string) => ({ id, amount: 1, metadata: { key: `${KEY}0` } })

const reply = (body: unknown, status = 200): AnswerOrFailure => ({
  status,
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
  truncated: false,
})
const list = (items: readonly unknown[], hasMore = false) => reply({ data: items, has_more: hasMore })
const CANARY = reply({})

/** Drives the machine with these answers and returns what it saw and what it asked for. */
function look(
  answers: readonly AnswerOrFailure[],
  subject = UNANSWERED,
  contract = CONTRACT,
): Sighting & { asked: string[] } {
  const asked: string[] = []
  let step = startLook(contract, subject, secret)
  for (const answer of answers) {
    if (step.kind === 'seen') throw new Error(`saw ${step.verdict} before ${JSON.stringify(answer)}`)
    asked.push(step.plan.url.replace('https://billing.example/v1', ''))
    step = step.next(answer)
  }
  if (step.kind === 'request') throw new Error(`still asks for ${step.plan.url}`)
  return { ...step, asked }
}

describe('a look by key', () => {
  it('is present when exactly one thing is ours and matches', () => {
    expect(look([list([other('inv_0'), ours()])])).toMatchObject({
      verdict: 'present',
      externalId: 'inv_1',
      by: 'key',
      pages: 1,
      status: 200,
      asked: ['/invoices?key=cust-7%2F2026-11'],
    })
  })

  it.each([
    ['mismatch', 'mismatch', [ours({ amount: 13 })]],
    ['mismatch', 'mismatch', [ours({ amount: 'twelve' })]],
    ['mismatch', 'mismatch', [{ id: 'x', metadata: { key: KEY } }]],
    ['present', 'present', [ours({ amount: '12.50' })]],
    ['duplicate', 'duplicate_at_provider', [ours(), ours({ id: 'inv_2' })]],
    ['pending', 'pending', [ours({ status: 'processing' })]],
    ['failed', 'failed_at_provider', [ours({ status: 'void', amount: 0 })]],
  ])('is %s (%s) for %j', (verdict, cause, items) => {
    expect(look([list(items)])).toMatchObject({ verdict, cause })
  })

  it('is absent when none is ours, though the provider lists others, and the canary answers', () => {
    expect(look([list([other('inv_0')]), CANARY])).toMatchObject({
      verdict: 'absent',
      externalId: null,
      asked: ['/invoices?key=cust-7%2F2026-11', '/account'],
    })
  })

  it('is removed, never absent, when it was seen before', () => {
    expect(look([list([]), CANARY], { ...UNANSWERED, seenPresentBefore: true })).toMatchObject({ verdict: 'removed' })
  })

  it.each([
    ['answers otherwise', reply({}, 404)],
    ['fails', { failed: 'ECONNREFUSED' }],
    ['is cut', { status: 200, headers: {}, body: '', truncated: true }],
  ])('is inconclusive when the canary %s', (_, canary) => {
    expect(look([list([]), canary])).toMatchObject({ verdict: 'inconclusive', cause: 'canary_failed' })
  })

  it.each([
    [{ failed: 'deadline' }, 'deadline'],
    [reply({}, 500), 'look_http_500'],
    [reply({}, 401), 'look_http_401'],
    [reply('', 302), 'look_http_302'],
    [reply({ code: 'wrong_place' }, 404), 'look_http_404'],
    [reply('<html>'), 'look_not_json'],
    [reply(''), 'look_not_json'],
    [reply({ items: [] }), 'look_without_list'],
    [reply({ data: {} }), 'look_without_list'],
    [{ status: 200, headers: {}, body: '{"data":[]', truncated: true }, 'look_truncated'],
  ] as [AnswerOrFailure, string][])('is inconclusive for %j (%s)', (answer, cause) => {
    expect(look([answer])).toMatchObject({ verdict: 'inconclusive', cause })
  })

  it('is absent for the 404 that the contract names', () => {
    expect(look([reply({ code: 'not_found' }, 404), CANARY])).toMatchObject({ verdict: 'absent' })
  })

  it('says where the content differs, and no value', () => {
    const { what } = look([list([ours({ amount: 777 })])])
    expect(what).toBe('found, but /amount differs')
  })
})

describe('a look over pages', () => {
  it('reads on to the last page, because only there a double shows', () => {
    const seen = look([list([ours()], true), list([other('inv_8')], true), list([ours({ id: 'inv_9' })])])
    expect(seen).toMatchObject({
      verdict: 'duplicate',
      pages: 3,
      asked: [
        '/invoices?key=cust-7%2F2026-11',
        '/invoices?key=cust-7%2F2026-11&starting_after=inv_1',
        '/invoices?key=cust-7%2F2026-11&starting_after=inv_8',
      ],
    })
  })

  it('finds what is on a later page', () => {
    expect(look([list([other('a')], true), list([ours()])])).toMatchObject({ verdict: 'present', pages: 2 })
  })

  it.each([
    ['pages run out', [list([other('a')], true), list([other('b')], true), list([other('c')], true)], 'out_of_pages'],
    ['a page repeats', [list([other('a')], true), list([other('a')], true)], 'page_repeated'],
    ['a cursor repeats', [list([other('a')], true), list([other('b'), other('a')], true)], 'page_repeated'],
    ['there is more and no cursor', [list([], true)], 'page_without_cursor'],
    [
      'a later page is gone, though ours was seen',
      [list([ours()], true), reply({ code: 'not_found' }, 404)],
      'page_missing',
    ],
    ['a later page fails', [list([other('a')], true), { failed: 'ECONNRESET' }], 'ECONNRESET'],
  ])('is inconclusive when %s', (_, answers, cause) => {
    expect(look(answers)).toMatchObject({ verdict: 'inconclusive', cause })
  })

  it('without a "while" ends where there is no cursor', () => {
    const contract = loaded(edited(', while: /has_more', ''))
    expect(look([list([other('a')]), list([]), CANARY], UNANSWERED, contract)).toMatchObject({
      verdict: 'absent',
      pages: 2,
    })
  })
})

describe('a look by id', () => {
  it('is made after the one answered call', () => {
    expect(look([reply(ours())], ANSWERED)).toMatchObject({ verdict: 'present', by: 'id', asked: ['/invoices/inv_1'] })
  })

  it.each([
    ['the answer was lost', { answeredCalls: 0 }],
    ['there was a second call', { calls: 2 }],
    ['there is no id', { externalId: null }],
  ])('is by key when %s', (_, change) => {
    expect(look([list([ours()])], { ...ANSWERED, ...change })).toMatchObject({ by: 'key' })
  })

  it('is absent for the named 404 and a living canary', () => {
    expect(look([reply({ code: 'not_found' }, 404), CANARY], ANSWERED)).toMatchObject({ verdict: 'absent', by: 'id' })
  })

  it('escapes the id that the provider gave', () => {
    const subject = { ...ANSWERED, externalId: '../admin?x=1' }
    expect(look([reply(ours())], subject).asked).toEqual(['/invoices/..%2Fadmin%3Fx%3D1'])
  })

  it('does not walk out of the folder for an id of dots', () => {
    expect(look([], { ...ANSWERED, externalId: '..' })).toMatchObject({
      verdict: 'inconclusive',
      cause: 'value_does_not_fit',
    })
  })
})

describe('how content is compared', () => {
  const MATCH = '/amount: { equals: "${payload./amount}", by: number }'
  const seen = (match: string, payload: string, item: string) => {
    const contract = loaded(
      edited(MATCH, match)
        .replace(/properties: .*\}/, 'additionalProperties: true }')
        .replace('required: [customer, amount], ', ''),
    )
    return look([reply(item)], { ...ANSWERED, payload }, contract).verdict
  }

  it.each([
    ['/a: "${payload./a}"', '{"a":5}', '{"a":5.0}', 'present'],
    ['/a: "${payload./a}"', '{"a":5}', '{"a":"5"}', 'mismatch'],
    ['/a: { equals: "${payload./a}", by: number }', '{"a":5}', '{"a":" 5.00 "}', 'present'],
    [
      '/a: { equals: "${payload./a}", by: number }',
      '{"a":12345678901234567890}',
      '{"a":12345678901234567891}',
      'mismatch',
    ],
    ['/a: { equals: "${payload./a}", by: number }', '{"a":"x"}', '{"a":"x"}', 'mismatch'],
    ['/a: { equals: "${payload./a}", by: lower }', '{"a":"Ann@X.example"}', '{"a":"ann@x.EXAMPLE"}', 'present'],
    ['/a: { equals: "${payload./a}", by: trim }', '{"a":"x "}', '{"a":" x"}', 'present'],
    ['/a: "${payload./a}"', '{"a":{"x":[1,{"y":2}]}}', '{"a":{"x":[1,{"y":2.0}]}}', 'present'],
    ['/a: "${payload./a}"', '{"a":{"x":1}}', '{"a":{"x":1,"added":0}}', 'mismatch'],
    ['/a: "${payload./a}"', '{}', '{}', 'present'],
    ['/a: "${payload./a}"', '{}', '{"a":null}', 'present'],
    ['/a: "${payload./a}"', '{}', '{"a":0}', 'mismatch'],
    ['/a: "no ${payload./a}"', '{"a":7}', '{"a":"no 7"}', 'present'],
    ['/b: { exists: true }, /a: "${payload./a}"', '{"a":1}', '{"a":1}', 'mismatch'],
    ['/b: { exists: false }, /a: "${payload./a}"', '{"a":1}', '{"a":1}', 'present'],
    ['/a/-1: "${payload./a}"', '{"a":3}', '{"a":[1,3]}', 'present'],
  ])('{ %s } of payload %s and %s is %s', (match, payload, item, verdict) => {
    expect(seen(match, payload, item)).toBe(verdict)
  })

  it.each([
    ['{"a":1,"b":{"c":"x"}}', '{"id":"9","b":{"c":"x","d":0},"a":1.0}', 'present'],
    ['{"a":1,"b":{"c":"x"}}', '{"a":1,"b":{"c":"y"}}', 'mismatch'],
    ['{"a":1}', '{}', 'mismatch'],
    ['{"a":[1,2]}', '{"a":[1]}', 'mismatch'],
    ['{"a":12345678901234567890}', '{"a":12345678901234567890}', 'present'],
  ])('with match: all, payload %s and %s is %s', (payload, item, verdict) => {
    const contract = loaded(edited(`{ match: { ${MATCH} } }`, '{ match: all }'))
    expect(look([reply(item)], { ...ANSWERED, payload }, contract).verdict).toBe(verdict)
  })
})

describe('what a contract may say about looks', () => {
  it('lets a look have rules of its own', () => {
    const text = edited(
      'invoices/${external_id}" } }',
      'invoices/${external_id}" }, present: { match: { /sum: "${payload./amount}" } } }',
    )
    expect(look([reply({ sum: 12.5 })], ANSWERED, loaded(text))).toMatchObject({ verdict: 'present' })
  })

  it('takes a missing list for an empty one only when told so', () => {
    const contract = loaded(edited('items: /data', 'items: { at: /data, missing: empty }'))
    expect(look([reply({}), CANARY], UNANSWERED, contract)).toMatchObject({ verdict: 'absent' })
  })

  it('takes an empty list for absent only when that proves it', () => {
    const contract = loaded(edited('[{ items: 0 }, ', '['))
    expect(look([list([])], UNANSWERED, contract)).toMatchObject({ verdict: 'inconclusive', cause: 'absence_unproven' })
  })

  it('knows a tombstone', () => {
    const contract = loaded(edited('  failed:', '  removed: { match: { /deleted: true } }\n  failed:'))
    expect(look([reply(ours({ deleted: true }))], ANSWERED, contract)).toMatchObject({ verdict: 'removed' })
  })

  it('knows a missing field as absence, on a success alone', () => {
    const contract = loaded(edited('{ status: 404, match: { /code: not_found } }', '{ missing: /invoice }'))
    expect(look([reply({}), CANARY], ANSWERED, contract)).toMatchObject({ verdict: 'absent' })
    expect(look([reply({}, 500)], ANSWERED, contract)).toMatchObject({ verdict: 'inconclusive' })
  })

  it('believes an absence at once when there is no canary', () => {
    const canary = / {2}canary: .*\n/.exec(SAMPLE)?.[0] ?? ''
    expect(look([list([])], UNANSWERED, loaded(edited(canary, '')))).toMatchObject({ verdict: 'absent' })
  })

  it('takes any body where only the status counts', () => {
    const rules = SAMPLE.slice(SAMPLE.indexOf('  present:'), SAMPLE.indexOf('  absent:'))
    const contract = loaded(edited(rules, '').replace('risk: high', 'risk: low'))
    expect(look([reply('<file/>')], ANSWERED, contract)).toMatchObject({ verdict: 'present', externalId: null })
    expect(look([reply('<file/>')], UNANSWERED, contract)).toMatchObject({
      verdict: 'inconclusive',
      cause: 'look_not_json',
    })
  })

  it('reads a body that is a list', () => {
    const contract = loaded(edited('items: /data', 'items: ""').replace(/ {4}next: .*\n/, ''))
    expect(look([reply([ours()])], UNANSWERED, contract)).toMatchObject({ verdict: 'present' })
  })
})
