import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ENTRY, edited, loaded, SAMPLE, secret } from '../testing/sample-contract.ts'
import { renderCall, validatePayload } from './render-call.ts'

const URL_LINE = '  url: https://billing.example/v1/invoices\n'
const BODY = '{ json: "${payload}" }'

function call(text: string, entry = ENTRY) {
  const rendered = renderCall(loaded(text), entry, secret)
  return rendered.ok ? rendered.plan : rendered.code
}

describe('the call as it goes out', () => {
  it('carries the payload byte for byte, the key and the credential', () => {
    expect(call(SAMPLE)).toEqual({
      method: 'POST',
      url: 'https://billing.example/v1/invoices',
      urlTemplate: 'https://billing.example/v1/invoices',
      headers: [
        ['content-type', 'application/json'],
        ['accept', 'application/json'],
        ['authorization', 'Bearer the-token'],
        ['idempotency-key', 'cust-7/2026-11'],
      ],
      body: '{"customer": "cust-7", "amount": 12.50}',
      timeoutMs: 10_000,
    })
  })

  it.each([
    [
      '{ json: { n: "${payload./amount}", t: "no ${payload./amount}", k: "${key}" } }',
      '{"k":"cust-7/2026-11","n":12.50,"t":"no 12.50"}',
    ],
    ['{ json: ["${payload./customer}", null, true, 1.5, "", "$${x}"] }', '["cust-7",null,true,1.5,"","${x}"]'],
    ['{ form: { b: "${payload./customer}", a: "x y&z" } }', 'a=x%20y%26z&b=cust-7'],
    ['{ text: "Dear ${payload./customer}", type: text/plain }', 'Dear cust-7'],
  ])('with body %s sends %s', (body, sent) => {
    expect(call(edited(BODY, body))).toMatchObject({ body: sent })
  })

  it('does not depend on the order that the document was kept in', () => {
    const one = call(edited(BODY, '{ json: { a: "${key}", b: { d: 1, c: 2 } } }'))
    const other = call(edited(BODY, '{ json: { b: { c: 2, d: 1 }, a: "${key}" } }'))
    expect(one).toEqual(other)
  })

  it.each([
    ['/v1/${tenant}/invoices/${key}', 'https://billing.example/v1/acme/invoices/cust-7%2F2026-11'],
    ['/v1/invoices?id=${key}&x=1', 'https://billing.example/v1/invoices?id=cust-7%2F2026-11&x=1'],
    ['?k=${key}', 'https://billing.example/?k=cust-7%2F2026-11'],
    ['/v1/p-${payload./amount}', 'https://billing.example/v1/p-12.50'],
  ])('with URL %s goes to %s', (url, target) => {
    expect(call(edited(URL_LINE, `  url: "https://billing.example${url}"\n`))).toMatchObject({ url: target })
  })

  it('adds the parameters of query', () => {
    const text = edited(URL_LINE, `${URL_LINE}  query: { z: "\${key}", a: 1 }\n`)
    expect(call(text)).toMatchObject({ url: 'https://billing.example/v1/invoices?a=1&z=cust-7%2F2026-11' })
  })

  it.each([
    ['auth: { basic: { user: ann, password: "${secret:PW}" } }', ['authorization', `Basic ${btoa('ann:the-pw')}`]],
    ['auth: { basic: { user: "${secret:PW}", password: "" } }', ['authorization', `Basic ${btoa('the-pw:')}`]],
    ['auth: { header: { name: X-Api-Key, value: "${secret:PW}" } }', ['x-api-key', 'the-pw']],
  ])('with %s sends that header', (auth, header) => {
    expect(call(edited('auth: { bearer: "${secret:TOKEN}" }', auth))).toMatchObject({
      headers: expect.arrayContaining([header]),
    })
  })
})

describe('what does not fit ends before the first byte', () => {
  it.each([
    ['a key with a line break in a header', SAMPLE, { key: 'a\r\nX-Evil: 1' }, 'key_does_not_fit'],
    ['a key beyond ASCII in a header', SAMPLE, { key: 'naïve' }, 'key_does_not_fit'],
    ['a key that is too long', edited('lifetime: 24h', 'lifetime: 24h, max_bytes: 5'), {}, 'key_does_not_fit'],
    [
      'a key of other characters',
      edited('lifetime: 24h', 'lifetime: 24h, allowed: "[a-z0-9-]+"'),
      {},
      'key_does_not_fit',
    ],
    ['a dot segment', edited('v1/invoices\n', 'v1/${key}\n'), { key: '..' }, 'value_does_not_fit'],
    ['half a surrogate pair', edited('v1/invoices\n', 'v1/${tenant}\n'), { tenant: '\ud800' }, 'value_does_not_fit'],
    [
      'an empty segment',
      edited('v1/invoices\n', 'v1/${payload./customer}\n'),
      { payload: '{"customer":""}' },
      'value_does_not_fit',
    ],
    ['a field that the payload lacks', edited(BODY, '{ json: { x: "${payload./x}" } }'), {}, 'value_missing'],
  ])('%s', (_, text, change, code) => {
    expect(call(text, { ...ENTRY, ...change })).toBe(code)
  })

  it('a secret that is not configured', () => {
    expect(renderCall(loaded(), ENTRY, () => undefined)).toMatchObject({ ok: false, code: 'secret_missing' })
  })

  it('a secret that would break out of its header', () => {
    expect(renderCall(loaded(), ENTRY, () => 'a\r\nHost: x')).toMatchObject({ ok: false, code: 'value_does_not_fit' })
  })
})

describe('the key in the shape of the provider', () => {
  const shaped = (as: string) => {
    const plan = call(edited('lifetime: 24h', `lifetime: 24h, as: ${as}`))
    return typeof plan === 'string' ? plan : plan.headers.at(-1)?.[1]
  }

  it.each([
    ['raw', /^cust-7\/2026-11$/],
    ['uuid5', /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['{ sha256: hex }', /^[0-9a-f]{64}$/],
    ['{ sha256: hex, length: 15, prefix: rb }', /^rb[0-9a-f]{15}$/],
    ['{ sha256: base64url }', /^[\w-]{43}$/],
  ])('as %s', (as, pattern) => {
    expect(shaped(as)).toMatch(pattern)
    expect(shaped(as)).toBe(shaped(as))
  })
})

describe('substitution', () => {
  const EVERYWHERE = edited(URL_LINE, '  url: "https://billing.example/a/${tenant}/b?c=${tenant}"\n').replace(
    BODY,
    '{ json: { one: "${tenant}", two: "x ${tenant} y" } }',
  )

  const PIECES = [
    '/',
    '?',
    '#',
    '&',
    '=',
    '%',
    '%2e',
    '.',
    '..',
    '"',
    '\\',
    '\r\n',
    '\0',
    '+',
    ';',
    ':',
    '@',
    ' ',
    'é',
    '😀',
    '\ud800',
    '${key}',
    'a',
  ]

  it('never lets a value leave its place', () => {
    const contract = loaded(EVERYWHERE)
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...PIECES), minLength: 1 }), (tenant) => {
        const rendered = renderCall(contract, { ...ENTRY, tenant }, secret)
        if (!rendered.ok) return
        const { plan } = rendered
        const url = new URL(plan.url)
        expect(url.host).toBe('billing.example')
        expect(url.pathname.split('/').length).toBe(4)
        expect([...url.searchParams]).toEqual([['c', tenant]])
        expect(JSON.parse(String(plan.body))).toEqual({ one: tenant, two: `x ${tenant} y` })
      }),
    )
  })
})

describe('the payload schema', () => {
  it.each([
    ['{"customer":"a","amount":1}', null],
    ['{"customer":"a"}', "the payload must have required property 'amount'"],
    ['{"customer":1,"amount":1}', '/customer must be string'],
    ['{"customer":', 'the payload is not JSON'],
  ])('says of %s: %s', (payload, complaint) => {
    expect(validatePayload(loaded(), payload)).toBe(complaint)
  })
})
