import { describe, expect, it } from 'vitest'
import { parseContract } from '../check/parse-contract.ts'
import { formatProblem } from '../check/problem.ts'
import { RenderFailure } from '../send/evaluate.ts'
import { edited, loaded, SAMPLE, secret } from '../testing/sample-contract.ts'
import { readCallback, signaturePlan } from './callback.ts'

const NONE = 'find: { key: /data/key }, signature: none'

const withCallback = (callback: string, sample = SAMPLE) =>
  edited('  settle:', `  callback: { ${callback} }\n  settle:`, sample)
const rulesOf = (callback: string) => {
  const { verify } = loaded(withCallback(callback))
  if (verify.kind !== 'looks' || verify.callback === null) throw new Error('no callback')
  return verify.callback
}
const read = (callback: string, body: unknown) =>
  readCallback(rulesOf(callback), typeof body === 'string' ? body : JSON.stringify(body))

describe('a callback', () => {
  it.each([
    ['by key', NONE, { data: { key: 'cust-7/2026-11' } }, { by: 'key', value: 'cust-7/2026-11' }],
    ['by a key that is a number', NONE, { data: { key: 17 } }, { by: 'key', value: '17' }],
    ['by a long number', NONE, '{"data":{"key":12345678901234567890}}', { by: 'key', value: '12345678901234567890' }],
    [
      'by id',
      'find: { external_id: /object/id }, signature: none',
      { object: { id: 'in_1' } },
      { by: 'external_id', value: 'in_1' },
    ],
    [
      'by entry',
      'find: { entry_id: /entry }, signature: none',
      { entry: '0193e0a0-0000-7000-8000-000000000001' },
      { by: 'entry_id', value: '0193e0a0-0000-7000-8000-000000000001' },
    ],
    [
      'by what a pattern takes',
      'find: { key: { at: /id, re: "^<(.*)@" } }, signature: none',
      { id: '<a-1@shop.example>' },
      { by: 'key', value: 'a-1' },
    ],
    [
      'the last of a list',
      'find: { key: /events/-1/key }, signature: none',
      { events: [{ key: 'a' }, { key: 'b' }] },
      { by: 'key', value: 'b' },
    ],
    [
      'of a kind that counts',
      `when: { /type: done }, ${NONE}`,
      { type: 'done', data: { key: 'a' } },
      { by: 'key', value: 'a' },
    ],
    [
      'whose kind has a form',
      `when: { /type: { re: "^invoice\\." } }, ${NONE}`.replace('\\.', '[.]'),
      { type: 'invoice.x', data: { key: 'a' } },
      { by: 'key', value: 'a' },
    ],
    [
      'whose kind cannot be told',
      `when: { /type: { re: x } }, ${NONE}`,
      { type: 'y'.repeat(70_000), data: { key: 'a' } },
      { by: 'key', value: 'a' },
    ],
  ])('%s is a hint', (_, callback, body, about) => {
    expect(read(callback, body)).toEqual({ kind: 'hint', about })
  })

  it.each([
    ['of another kind', `when: { /type: done }, ${NONE}`, { type: 'begun', data: { key: 'a' } }, 'ignored'],
    ['without a kind', `when: { /type: done }, ${NONE}`, { data: { key: 'a' } }, 'ignored'],
    ['without the place', NONE, { data: {} }, 'without_reference'],
    ['that is no map', NONE, [], 'without_reference'],
    ['with a map in its place', NONE, { data: { key: {} } }, 'without_reference'],
    ['with null in its place', NONE, { data: { key: null } }, 'without_reference'],
    ['with nothing in its place', NONE, { data: { key: '' } }, 'without_reference'],
    ['with a zero in it', NONE, { data: { key: 'a\u0000' } }, 'without_reference'],
    ['with half a character', NONE, '{"data":{"key":"\\ud800"}}', 'without_reference'],
    ['with a key longer than any', NONE, { data: { key: 'k'.repeat(513) } }, 'without_reference'],
    ['with a key of the longest', NONE, { data: { key: 'k'.repeat(512) } }, 'hint'],
    [
      'with an entry that is no id',
      'find: { entry_id: /entry }, signature: none',
      { entry: 'e1' },
      'without_reference',
    ],
    [
      'with another form',
      'find: { key: { at: /id, re: "^<(.*)@" } }, signature: none',
      { id: 'a-1' },
      'without_reference',
    ],
    [
      'with a text too long to be searched',
      'find: { key: { at: /id, re: "a" } }, signature: none',
      { id: 'a'.repeat(70_000) },
      'without_reference',
    ],
    ['that is not JSON', NONE, 'type=done', 'not_json'],
    ['that is nothing', NONE, '', 'not_json'],
    ['that is too deep', NONE, '['.repeat(300) + ']'.repeat(300), 'not_json'],
    ['that would be a prototype', 'find: { key: /__proto__/key }, signature: none', '{"a":1}', 'without_reference'],
  ])('%s', (_, callback, body, kind) => {
    expect(read(callback, body).kind).toBe(kind)
  })

  it('is not asked for where the contract has none', () => {
    expect(loaded().verify).toMatchObject({ callback: null })
  })
})

describe('its signature', () => {
  it.each([
    ['none', 'none', { kind: 'none' }],
    ['by the standard', '{ standard_webhooks: "${secret:HOOK}" }', { kind: 'standard_webhooks', secret: 'the-hook' }],
    [
      'by HMAC in hex',
      '{ hmac_sha256: { header: X-Signature, secret: "${secret:HOOK}" } }',
      { kind: 'hmac_sha256', header: 'x-signature', secret: 'the-hook', prefix: '', encoding: 'hex' },
    ],
    [
      'by HMAC in base64',
      '{ hmac_sha256: { header: X-Signature, secret: "v0:${secret:HOOK}", prefix: "v0=", encoding: base64 } }',
      { kind: 'hmac_sha256', header: 'x-signature', secret: 'v0:the-hook', prefix: 'v0=', encoding: 'base64' },
    ],
  ])('%s', (_, signature, plan) => {
    const { signature: rule } = rulesOf(`find: { key: /k }, signature: ${signature}`)
    expect(signaturePlan(rule, secret)).toEqual(plan)
  })

  it('cannot be told without its secret', () => {
    const { signature } = rulesOf('find: { key: /k }, signature: { standard_webhooks: "${secret:HOOK}" }')
    expect(() => signaturePlan(signature, () => undefined)).toThrow(RenderFailure)
  })
})

const sentences = (text: string): string[] => {
  const parsed = parseContract(text, 'f.yaml')
  return (parsed.ok ? parsed.warnings : parsed.problems).map(formatProblem)
}

describe('what a contract says about callbacks is refused where it cannot be meant', () => {
  const FIND = 'find: { key: /k }'
  it.each([
    [
      'no signature',
      FIND,
      '33:3 verify.callback.signature: expected standard_webhooks, hmac_sha256 or none, got nothing. Write: signature: { standard_webhooks: "${secret:WEBHOOK_SECRET}" }, { hmac_sha256: { header: X-Signature, secret: "${secret:WEBHOOK_SECRET}" } }, or none',
    ],
    [
      'nothing to find by',
      'find: {}, signature: none',
      '33:21 verify.callback.find: expected one of key, external_id, entry_id, got none. Write: find: { key: /data/metadata/key }',
    ],
    [
      'two places to find by',
      'find: { key: /k, external_id: /i }, signature: none',
      '33:21 verify.callback.find: expected one of key, external_id, entry_id, got key and external_id. Write: key alone',
    ],
    [
      'two signatures',
      `${FIND}, signature: { standard_webhooks: "\${secret:A}", hmac_sha256: { header: X, secret: "\${secret:A}" } }`,
      '33:45 verify.callback.signature: expected one of standard_webhooks, hmac_sha256, got standard_webhooks and hmac_sha256. Write: standard_webhooks alone',
    ],
    [
      'a signature of no kind',
      `${FIND}, signature: {}`,
      '33:45 verify.callback.signature: expected one of standard_webhooks, hmac_sha256, got none. Write: signature: { standard_webhooks: "${secret:WEBHOOK_SECRET}" }, or none',
    ],
    [
      'a secret in the file',
      `${FIND}, signature: { standard_webhooks: whsec_c2VjcmV0 }`,
      '33:66 verify.callback.signature.standard_webhooks: expected the name of a secret, got what looks like the secret itself. Write: "${secret:NAME}", and put the value into READBACK_SECRET_NAME',
    ],
    [
      'another secret in the file',
      `${FIND}, signature: { hmac_sha256: { header: X, secret: hush } }`,
      '33:81 verify.callback.signature.hmac_sha256.secret: expected the name of a secret, got what looks like the secret itself. Write: "${secret:NAME}", and put the value into READBACK_SECRET_NAME',
    ],
    [
      'a secret of each entry',
      `${FIND}, signature: { standard_webhooks: "\${secret:A}\${key}" }`,
      '33:66 verify.callback.signature.standard_webhooks: expected the name of a secret, got ${key}: nobody knows the entry before the callback is read. Write: "${secret:WEBHOOK_SECRET}"',
    ],
    [
      'a header of the connection',
      `${FIND}, signature: { hmac_sha256: { header: Host, secret: "\${secret:A}" } }`,
      '33:70 verify.callback.signature.hmac_sha256.header: expected the name of a header that a contract may set, got "Host". Write: a name such as Idempotency-Key',
    ],
    [
      'a text for a signature',
      `${FIND}, signature: hunter2`,
      '33:45 verify.callback.signature: expected standard_webhooks, hmac_sha256 or none, got another value. Write: signature: { standard_webhooks: "${secret:WEBHOOK_SECRET}" }, { hmac_sha256: { header: X-Signature, secret: "${secret:WEBHOOK_SECRET}" } }, or none',
    ],
    [
      'an encoding that is none',
      `${FIND}, signature: { hmac_sha256: { header: X, secret: "\${secret:A}", encoding: hexa } }`,
      '33:106 verify.callback.signature.hmac_sha256.encoding: expected one of hex, base64, got another value. Write: encoding: base64',
    ],
    [
      'a kind that depends on the entry',
      `${FIND}, when: { /type: "\${payload./kind}" }, signature: none`,
      '33:49 verify.callback.when[/type]: expected a fixed value, got ${payload./kind}: nobody knows the entry before the callback is read. Write: when: { /type: invoice.finalized }',
    ],
    [
      'a pattern that is none',
      `${FIND}, when: { /type: { re: "(" } }, signature: none`,
      '33:55 verify.callback.when[/type].re: expected a pattern in the syntax of RE2',
    ],
    [
      'a place that is none',
      'find: { key: { at: /k } }, signature: none',
      '33:28 verify.callback.find.key: expected a JSON Pointer, or { at: /id, re: "([^/]+)$" }, got a map.',
    ],
    [
      'a pattern for the key that is none',
      'find: { key: { at: /k, re: "(" } }, signature: none',
      '33:42 verify.callback.find.key.re: expected a pattern in the syntax of RE2',
    ],
    [
      'no kind at all',
      `${FIND}, when: {}, signature: none`,
      '33:40 verify.callback.when: expected at least one JSON Pointer with what must stand there, got a map. Write: when: { /type: invoice.finalized }',
    ],
    [
      'a field that is none',
      `${FIND}, signature: none, verify: true`,
      '33:51 verify.callback.verify: expected only known fields, got "verify". Write: one of find, when, signature; or remove it',
    ],
  ])('%s', (_, callback, sentence) => {
    const [first, ...others] = sentences(withCallback(callback))
    expect(others).toEqual([])
    expect(first?.slice('f.yaml:'.length)).toContain(sentence)
  })

  it.each(['as: uuid5', 'of: tenant_and_key'])('a key that the provider knows re-shaped by %s', (shape) => {
    const text = edited('at: Idempotency-Key,', `at: Idempotency-Key, ${shape},`, withCallback(NONE))
    expect(sentences(text)).toEqual([
      'f.yaml:33:28 verify.callback.find.key: expected another reference, since the provider knows the key re-shaped (provider.key.as, provider.key.of), got key. Write: find: { external_id: /data/id }, or { entry_id: /data/metadata/entry } where the call carries ${entry_id}',
    ])
  })

  it('an id that nobody takes', () => {
    const text = edited('  external_id: /id\n', '', withCallback('find: { external_id: /id }, signature: none'))
    expect(sentences(text)).toContain(
      'f.yaml:32:36 verify.callback.find.external_id: expected call.external_id, since no entry has an external id without it, got none. Write: call: { external_id: /id, ... }, or find: { key: /data/metadata/key }',
    )
  })

  it('a hint to look where nobody can', () => {
    const looks = /verify:\n[\s\S]*?\nretry:/.exec(SAMPLE)?.[0] ?? ''
    const none =
      'verify: { none: "no way", ends: acknowledged, callback: { find: { key: /k }, signature: none } }\nretry:'
    expect(sentences(edited('on_unknown: reconcile', 'on_unknown: human', edited(looks, none)))).toEqual([
      'f.yaml:21:57 verify.callback: expected no callback beside none, got one: it is a hint to look, and there is no way to look. Write: by_key instead of none, or no callback',
    ])
  })
})
