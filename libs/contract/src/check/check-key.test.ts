import { describe, expect, it } from 'vitest'
import { keyMisfit } from '../send/provider-key.ts'
import { renderCall } from '../send/render-call.ts'
import { uuid5 } from '../send/uuid5.ts'
import { ENTRY, edited, loaded, secret } from '../testing/sample-contract.ts'
import { sentencesOf } from '../testing/sentences-of.ts'

const withKey = (more: string) => edited('lifetime: 24h', `lifetime: 24h, ${more}`)
const placed = (place: string, more = '') =>
  edited('in: header, at: Idempotency-Key', `in: ${place}${more}`)
    .replace('v1/invoices\n', 'v1/${key}\n')
    .replace('json: "${payload}"', 'json: { m: "${key}", p: "${payload}" }')

describe('the form of a key that is refused at load', () => {
  it.each([
    [
      'a digest that is too long',
      'as: { sha256: hex }, max_bytes: 40',
      'key_never_fits f.yaml:14:62 provider.key.as: expected a form that every re-shaped key has, got one that refuses some: the key is longer than the 40 bytes that the provider takes. Write: as: { sha256: hex, length: 32 } beside max_bytes: 32, allowed: "[0-9a-f]+"',
    ],
    [
      'a digest of other digits',
      'as: { sha256: hex }, allowed: "[0-9]+"',
      'key_never_fits f.yaml:14:62 provider.key.as: expected a form that every re-shaped key has, got one that refuses some: the key is not of the form [0-9]+. Write: as: { sha256: hex, length: 32 } beside max_bytes: 32, allowed: "[0-9a-f]+"',
    ],
    [
      'a prefix in another case',
      'as: { sha256: hex, prefix: RB }, case: lower, allowed: "RB.*"',
      'key_never_fits f.yaml:14:62 provider.key.as: expected a form that every re-shaped key has, got one that refuses some: the key is not of the form RB.*. Write: as: { sha256: hex, length: 32 } beside max_bytes: 32, allowed: "[0-9a-f]+"',
    ],
    [
      'digits that differ by their case alone',
      'as: { sha256: base64url }, case: lower',
      'invalid_value f.yaml:14:62 provider.key.as: expected hex, since case makes one of digits that base64url tells apart, got base64url. Write: as: { sha256: hex }',
    ],
    [
      'a pattern that does not end',
      'allowed: "[a-z"',
      'pattern_invalid f.yaml:14:67 provider.key.allowed: expected a pattern in the syntax of RE2, got missing closing ]: "[a-z". Write: allowed: "[A-Za-z0-9_-]+"',
    ],
    [
      'a case that is none',
      'case: title',
      'invalid_value f.yaml:14:64 provider.key.case: expected one of lower, upper, got "title". Write: case: lower',
    ],
  ])('for %s', (_, more, sentence) => {
    expect(sentencesOf(withKey(more))).toEqual([sentence])
  })

  it('is also the id of a mail in a request', () => {
    expect(sentencesOf(edited('in: header, at: Idempotency-Key', 'in: message_id'))).toEqual([
      'invalid_value f.yaml:14:14 provider.key.in: expected a place that an HTTP request has, got message_id, which is that of a mail. Write: in: header, or body',
    ])
  })

  it.each([
    'as: uuid5, max_bytes: 36, allowed: "[0-9a-f-]{36}", case: lower',
    'as: uuid5, case: upper, allowed: "[0-9A-F-]+"',
    'as: { sha256: hex, length: 15, prefix: rb }, allowed: "[a-z0-9]{17}", max_bytes: 17',
    'as: { sha256: base64url }, allowed: "[A-Za-z0-9_-]{43}"',
    'allowed: "inv-[0-9]+|[a-z]{3}", max_bytes: 20, case: lower',
  ])('is not %s', (more) => {
    expect(sentencesOf(withKey(more))).toEqual([])
  })
})

describe('a key that is there for a provider', () => {
  it.each([
    ['in a header', withKey('case: lower'), 'cust-7', null],
    [
      'in a header, in another case',
      withKey('case: lower'),
      'Cust-7',
      'the key has letters that are not in lower case, and the provider keeps it so',
    ],
    [
      'in a header, in small letters',
      withKey('case: upper'),
      'CUSt',
      'the key has letters that are not in upper case, and the provider keeps it so',
    ],
    [
      'in a header, with a space at its end',
      withKey('max_bytes: 99'),
      'a ',
      'the key is not printable ASCII without white space at its ends, and a header takes nothing else',
    ],
    [
      'in a header, beyond ASCII',
      withKey('max_bytes: 99'),
      'ü',
      'the key is not printable ASCII without white space at its ends, and a header takes nothing else',
    ],
    ['in a header, as a digest', withKey('as: { sha256: hex }'), 'ü ', null],
    [
      'in more bytes than letters',
      placed('body', ', max_bytes: 3'),
      'üü',
      'the key is longer than the 3 bytes that the provider takes',
    ],
    [
      'of another form',
      withKey('allowed: "inv-[0-9]+|[a-z]{3}"'),
      'inv-',
      'the key is not of the form inv-[0-9]+|[a-z]{3}',
    ],
    ['of one of two forms', withKey('allowed: "inv-[0-9]+|[a-z]{3}"'), 'inv-12', null],
    ['in the path', placed('path'), 'a/b', null],
    ['in the path, as a dot', placed('path'), '..', 'the key is a dot segment, which no URL can hold'],
    ['in the body, whatever it is', placed('body'), 'ü "..', null],
    ['in the body, with half a character', placed('body'), '\ud800', 'the key has half a surrogate pair'],
    [
      'longer than a pattern is searched',
      withKey('allowed: "a+"'),
      'a'.repeat(70_000),
      'the key is not of the form a+',
    ],
  ])('%s', (_, text, key, reason) => {
    expect(keyMisfit(loaded(text), { tenant: 'acme', key })).toBe(reason)
    const rendered = renderCall(loaded(text), { ...ENTRY, key }, secret)
    expect(rendered.ok ? null : [rendered.code, rendered.message]).toEqual(
      reason === null ? null : ['key_does_not_fit', reason],
    )
  })

  it.each([
    ['as it is', '', 'cust-7', 'a%2Fb/cust-7'],
    ['as it is, however it looks', '', 'b/cust-7', 'a%2Fb/b/cust-7'],
    ['as a UUID', ', as: uuid5', 'cust-7', uuid5('a%2Fb/cust-7')],
  ])('is sent with the tenant where tenants share an account: %s', (_, as, key, expected) => {
    const contract = loaded(placed('header, at: Idempotency-Key', `, of: tenant_and_key${as}`))
    const rendered = renderCall(contract, { ...ENTRY, tenant: 'a/b', key }, secret)
    expect(keySentIn(rendered)).toBe(expected)
  })

  it.each([
    ['the tenants of one', 'tenant_and_key', 'acme/cust-7'],
    ['databases', 'source_and_key', 'orders/cust-7'],
    ['databases and their tenants', 'source_tenant_and_key', 'orders/acme/cust-7'],
  ])('says whose it is where an account is shared by %s', (_, of, expected) => {
    const contract = loaded(placed('header, at: Idempotency-Key', `, of: ${of}`))
    const entry = { ...ENTRY, source: 'orders', tenant: 'acme', key: 'cust-7' }
    expect(keySentIn(renderCall(contract, entry, secret))).toBe(expected)
    expect(keyMisfit(contract, entry)).toBe(null)
  })

  it('names a lone database as everything else does', () => {
    const contract = loaded(placed('header, at: Idempotency-Key', ', of: source_and_key'))
    expect(keySentIn(renderCall(contract, { ...ENTRY, key: 'cust-7' }, secret))).toBe('default/cust-7')
  })

  it('fits everything where the provider never sees it', () => {
    expect(keyMisfit({ provider: { key: null } }, { tenant: 'acme', key: '\ud800' })).toBe(null)
  })

  it.each([
    ['a.b-c/7', null],
    ['a@b', 'the key has characters that the left side of a Message-ID cannot hold, or more than 200'],
    ['a b', 'the key has characters that the left side of a Message-ID cannot hold, or more than 200'],
    ['a..b', 'the key has characters that the left side of a Message-ID cannot hold, or more than 200'],
    ['a'.repeat(201), 'the key has characters that the left side of a Message-ID cannot hold, or more than 200'],
  ])('as the id of a mail: %s', (key, reason) => {
    const shape = { as: 'raw', maxBytes: null, allowed: null, case: null } as const
    const placement = { in: 'message_id', header: null, within: [], shape } as const
    expect(keyMisfit({ provider: { key: placement } }, { tenant: 'acme', key })).toBe(reason)
  })

  it('is written in the case of the provider when its digits are ours', () => {
    const plan = renderCall(loaded(withKey('as: { sha256: hex, length: 16, prefix: rb }, case: upper')), ENTRY, secret)
    expect(plan.ok && plan.plan.headers.at(-1)).toEqual(['idempotency-key', expect.stringMatching(/^RB[0-9A-F]{16}$/)])
  })
})

const keySentIn = (rendered: ReturnType<typeof renderCall>) =>
  rendered.ok ? rendered.plan.headers.find(([name]) => name === 'idempotency-key')?.[1] : undefined
