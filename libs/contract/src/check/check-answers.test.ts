import { describe, expect, it } from 'vitest'
import { parseContract } from './parse-contract.ts'
import { formatProblem } from './problem.ts'

const HEAD = `effect: a
version: 1
call: { method: POST, url: https://b.example/, body: { json: "\${payload}" }, timeout: 10s }
provider: { key: { in: header, at: K, lifetime: 24h }, repeat: same_answer }
on_unknown: reconcile
rollback: { strategy: none }
`
const ONE = 'read: { url: "https://b.example/?k=${key}" }, absent: [{ status: 404, match: { /code: x } }]'

const sentences = (text: string): string[] => {
  const parsed = parseContract(text, 'f.yaml')
  return (parsed.ok ? parsed.warnings : parsed.problems).map(formatProblem)
}

describe('what is said of answers', () => {
  const answering = (part: string, externalId = '/id') =>
    sentences(
      `${HEAD.replace('timeout: 10s', `external_id: ${externalId}, timeout: 10s`)}verify: { by_key: { ${ONE} } }\nanswers: [${part}]\n`,
    )

  it.each([
    [
      'a rule on everything',
      '{ means: exists }',
      '8:11 answers[0]: expected a status or a match, got neither. Write: { status: 409, means: exists }',
    ],
    [
      'a rule on every body',
      '{ match: {}, means: exists }',
      '8:20 answers[0].match: expected at least one JSON Pointer with what must stand there, got a map. Write: match: { /amount: "${payload./amount}" }',
    ],
    [
      'a wait at no place',
      '{ status: 429, means: not_executed, retry_after: { unit: ms } }',
      '8:60 answers[0].retry_after: expected one of at, header, got none. Write: retry_after: { at: /retry_after_ms, unit: ms }, or { header: x-ratelimit-reset-after }',
    ],
    [
      'a wait at two places',
      '{ status: 429, means: not_executed, retry_after: { at: /a, header: b } }',
      '8:60 answers[0].retry_after: expected one of at, header, got both. Write: retry_after: { at: /retry_after_ms, unit: ms }, or { header: x-ratelimit-reset-after }',
    ],
    [
      'a wait in hours',
      '{ status: 429, means: not_executed, retry_after: { at: /a, unit: h } }',
      '8:76 answers[0].retry_after.unit: expected one of ms, s, got "h". Write: one of ms, s',
    ],
    [
      'a secret',
      '{ status: 409, match: { /a: "${secret:A}" }, means: exists }',
      '8:39 answers[0].match[/a]: expected a name that exists here, got ${secret:A}: a secret may stand in requests only. Write: a value of the payload, or the key',
    ],
    [
      'a pattern that is none',
      '{ header: { a: { re: "*" } }, means: exists }',
      '8:32 answers[0].header.a.re: expected a pattern in the syntax of RE2, got missing argument to repetition operator: "*". Write: re: "id=([0-9]+)"; (?: ) is a group that takes nothing',
    ],
  ])('%s is refused at its place', (_, rule, sentence) => {
    expect(answering(rule)).toEqual([`f.yaml:${sentence}`])
  })

  it.each([
    ['{}', '3:91 call.external_id: expected at, header or re, got none. Write: external_id: /id'],
    [
      '{ at: /id, header: location }',
      '3:91 call.external_id: expected one place, got at and header. Write: external_id: { header: location, re: "([^/]+)$" }',
    ],
    [
      '{ re: "(" }',
      '3:97 call.external_id.re: expected a pattern in the syntax of RE2, got missing closing ): "(". Write: re: "id=([0-9]+)"; (?: ) is a group that takes nothing',
    ],
    [
      '/id, decode: text',
      '3:91 call.external_id: expected a pattern, since decode is text, got a JSON Pointer. Write: external_id: { re: "id=([0-9]+)" }',
    ],
  ])('an external id by %s is refused', (rule, sentence) => {
    expect(answering('{ status: 409, means: exists }', rule)[0]).toBe(`f.yaml:${sentence}`)
  })

  it.each([
    ['502', '502'],
    ['[503, 504]', '504'],
    ['5xx', '"5xx"'],
  ])('a bare %s for "not executed" is warned of: whoever stands between answers so as well', (status, shown) => {
    expect(answering(`{ status: ${status}, means: not_executed }`)).toEqual([
      `f.yaml:8:21 warning: answers[0].status: expected a match beside ${shown}, got a bare status: a proxy answers so after the provider acted, too. Write: { status: 503, means: not_executed }, or a match that only the provider itself would answer`,
    ])
  })

  it.each([
    '{ status: 503, means: not_executed }',
    '{ status: 5xx, header: { x-rate: "0" }, means: not_executed }',
    '{ status: 502, means: unknown }',
  ])('%s is not warned of', (rule) => {
    expect(answering(rule)).toEqual([])
  })
})
