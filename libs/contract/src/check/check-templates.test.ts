import { describe, expect, it } from 'vitest'
import { edited } from '../testing/sample-contract.ts'
import { sentencesOf } from '../testing/sentences-of.ts'

const KEEP = '"${key}", "${payload./amount}" or "${secret:NAME}"; $${ stands for a plain ${'
const body = (text: string) => edited('json: "${payload}"', `json: "${text}"`)
const look = (url: string) => edited('invoices?key=${key}"', `invoices${url}"`)

describe('a template that is refused', () => {
  it.each([
    [
      'a clock',
      body('${now}'),
      `template_not_repeatable f.yaml:10:17 call.body.json: expected a value that is the same on every attempt, because some providers compare a repeat byte for byte (created_at is the time of the entry, uuid5(key) an id), got "\${now}". Write: ${KEEP}`,
    ],
    [
      'a dice',
      body('${uuid4()}'),
      `template_not_repeatable f.yaml:10:17 call.body.json: expected a value that is the same on every attempt, because some providers compare a repeat byte for byte (created_at is the time of the entry, uuid5(key) an id), got "\${uuid4()}". Write: ${KEEP}`,
    ],
    [
      'a function that is none',
      body('${md5(key)}'),
      `template_unknown_name f.yaml:10:17 call.body.json: expected one of the functions json, sha256, base64, base64url, uuid5, lower, upper, trim, ical, xml, sql, backslash, got md5(...). Write: ${KEEP}`,
    ],
    [
      'what nothing prepares',
      body('${prepare.link}'),
      'template_unknown_name f.yaml:10:17 call.body.json: expected a name that exists here, got ${prepare.link}: no step of prepare before it keeps link. Write: prepare: { request: ..., keep: { link: /data/link } }',
    ],
    [
      'what a look kept, in a call',
      body('${keep.charge}'),
      'template_unknown_name f.yaml:10:17 call.body.json: expected a name that exists here, got ${keep.charge}: what a look kept is there for rollback.payload only. Write: ${external_id} or ${key}',
    ],
    [
      'what no look keeps, in a compensation',
      edited('{ strategy: none }', '{ strategy: compensate, effect: void, payload: { a: ["${keep.charge}"] } }'),
      'template_unknown_name f.yaml:37:64 rollback.payload.a[0]: expected a name that exists here, got ${keep.charge}: verify.keep does not name charge. Write: verify: { keep: { charge: /latest_charge }, ... }',
    ],
    [
      'a secret in a compensation',
      edited('{ strategy: none }', '{ strategy: compensate, effect: void, payload: "${secret:A}" }'),
      'template_unknown_name f.yaml:37:58 rollback.payload: expected a name that exists here, got ${secret:A}: a secret may stand in requests only. Write: a value of the payload, or the key',
    ],
    [
      'a value in quotes',
      look("?filter=key='${key}'"),
      'literal_unescaped f.yaml:23:18 verify.by_key.read.url: expected sql(...) or backslash(...) around a value in quotes, or it could end them, got ${key}. Write: ${sql(key)} where quotes are doubled, ${backslash(key)} where they are escaped',
    ],
  ])('for %s', (_, text, sentence) => {
    expect(sentencesOf(text)).toEqual([sentence])
  })

  it.each([
    ['?q=%22${key}%22', 'literal_unescaped'],
    ["?q='x-${lower(key)}-y'", 'literal_unescaped'],
  ])('in the look at %s', (url, code) => {
    expect(sentencesOf(look(url)).map((sentence) => sentence.split(' ')[0])).toEqual([code])
  })

  it('is also a value in quotes in a parameter', () => {
    const text = edited('?key=${key}" }', `", query: { filter: "key = '\${key}'" } }`)
    expect(sentencesOf(text).map((sentence) => sentence.split(' ')[0])).toEqual(['literal_unescaped'])
  })

  it.each([
    "?filter=key='${sql(key)}'",
    "?filter=key='${backslash(key)}'",
    "?filter=key='${sha256(key)}'",
    "?a='b'&key=${key}&c='d'",
    '?key=${key}',
  ])('is not the one in %s', (url) => {
    expect(sentencesOf(look(url))).toEqual([])
  })

  it('is none of those of a compensation: payload, key and external id', () => {
    const payload = '{ a: "${payload./amount}", b: "${key}", c: "${external_id}" }'
    const text = edited('{ strategy: none }', `{ strategy: compensate, effect: void, payload: ${payload} }`)
    expect(sentencesOf(text)).toEqual([])
  })
})
