import { createHmac } from 'node:crypto'
import type { SignaturePlan } from '@readback/contract'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { verifySignature } from './verify-signature.ts'

const BODY = '{"type":"invoice.finalized","data":{"id":"in_1"}}'
const SECRET = `whsec_${Buffer.from('a secret of twenty-four').toString('base64')}`
const MINUTE_MS = 60_000

const signedAt = (atMs: number, body = BODY, secret = SECRET) => ({
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(Math.floor(atMs / 1_000)),
  'webhook-signature': new Webhook(secret).sign('msg_1', new Date(Math.floor(atMs / 1_000) * 1_000), body),
})
const verdict = (plan: SignaturePlan, headers: Record<string, string>, body: string | Buffer = BODY) =>
  verifySignature(plan, { headers, body: Buffer.from(body) }, nowMs)

// Whatever the time of day is on the machine.
const nowMs = Date.UTC(2031, 4, 6)
const OTHER = `whsec_${Buffer.from('another secret, as long').toString('base64')}`

describe('a callback by Standard Webhooks', () => {
  const plan = { kind: 'standard_webhooks', secret: SECRET } as const
  const valid = signedAt(nowMs)

  it.each([
    ['signed now', valid, BODY, 'valid'],
    ['signed four minutes ago', signedAt(nowMs - 4 * MINUTE_MS), BODY, 'valid'],
    ['signed six minutes ago', signedAt(nowMs - 6 * MINUTE_MS), BODY, 'invalid'],
    ['signed six minutes ahead', signedAt(nowMs + 6 * MINUTE_MS), BODY, 'invalid'],
    ['signed with another secret', signedAt(nowMs, BODY, OTHER), BODY, 'invalid'],
    ['with another body', valid, BODY.replace('in_1', 'in_2'), 'invalid'],
    ['with another id', { ...valid, 'webhook-id': 'msg_2' }, BODY, 'invalid'],
    ['with a later time', { ...valid, 'webhook-timestamp': String(Math.floor(nowMs / 1_000) + 1) }, BODY, 'invalid'],
    [
      'with a time behind which something stands',
      { ...valid, 'webhook-timestamp': `${valid['webhook-timestamp']}x` },
      BODY,
      'invalid',
    ],
    ['with a time that is none', { ...valid, 'webhook-timestamp': 'now' }, BODY, 'invalid'],
    ['without a signature', { ...valid, 'webhook-signature': '' }, BODY, 'invalid'],
    ['with an empty signature', { ...valid, 'webhook-signature': 'v1,' }, BODY, 'invalid'],
    ['with half a signature', { ...valid, 'webhook-signature': 'v1' }, BODY, 'invalid'],
    [
      'of another version',
      { ...valid, 'webhook-signature': valid['webhook-signature'].replace('v1', 'v1a') },
      BODY,
      'invalid',
    ],
    ['with no headers', {}, BODY, 'invalid'],
    ['while secrets change', { ...valid, 'webhook-signature': `v1,AAAA ${valid['webhook-signature']}` }, BODY, 'valid'],
  ])('%s', (_, headers, body, expected) => {
    expect(verdict(plan, headers, body)).toBe(expected)
  })

  it('is signed over bytes that are text, and no others', () => {
    expect(verdict(plan, signedAt(nowMs, '{"a":"\ufffd"}'), Buffer.from('{"a":"\xff"}', 'latin1'))).toBe('invalid')
  })

  it.each(['whsec_!!', '', 'whsec_'])('cannot be told where the secret is %j', (secret) => {
    expect(verdict({ kind: 'standard_webhooks', secret }, valid)).toBe('secret_unusable')
  })
})

describe('a callback by HMAC', () => {
  const hmac = createHmac('sha256', 'the-secret').update(BODY).digest()
  const plan = (more: object = {}) =>
    ({
      kind: 'hmac_sha256',
      secret: 'the-secret',
      header: 'x-signature',
      prefix: '',
      encoding: 'hex',
      ...more,
    }) as const

  it.each([
    ['in hex', {}, hmac.toString('hex'), 'valid'],
    ['in capitals', {}, hmac.toString('hex').toUpperCase(), 'valid'],
    ['in base64', { encoding: 'base64' }, hmac.toString('base64'), 'valid'],
    ['behind its prefix', { prefix: 'sha256=' }, `sha256=${hmac.toString('hex')}`, 'valid'],
    ['without its prefix', { prefix: 'sha256=' }, hmac.toString('hex'), 'invalid'],
    ['in another encoding', {}, hmac.toString('base64'), 'invalid'],
    ['cut', {}, hmac.toString('hex').slice(0, 62), 'invalid'],
    ['with more behind it', {}, `${hmac.toString('hex')}zz`, 'invalid'],
    ['of another secret', { secret: 'other' }, hmac.toString('hex'), 'invalid'],
    ['that is nothing', {}, '', 'invalid'],
  ])('%s', (_, more, signature, expected) => {
    expect(verdict(plan(more), { 'x-signature': signature })).toBe(expected)
  })

  it('is over the bytes, whatever they are', () => {
    const body = Buffer.from([0xff, 0x00, 0x7b])
    const signature = createHmac('sha256', 'the-secret').update(body).digest('hex')
    expect(verdict(plan(), { 'x-signature': signature }, body)).toBe('valid')
    expect(verdict(plan(), { 'x-signature': signature })).toBe('invalid')
  })

  it('needs its header', () => {
    expect(verdict(plan(), { 'x-other': hmac.toString('hex') })).toBe('invalid')
  })
})

it('a callback that is not to be signed is as good as any', () => {
  expect(verdict({ kind: 'none' }, {})).toBe('valid')
})
