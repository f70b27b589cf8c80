import { isUtf8 } from 'node:buffer'
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SignaturePlan } from '@readback/contract'
import { Webhook } from 'standardwebhooks'

/** A request as it came: header names in lower case, and the bytes that were signed. */
export type SignedRequest = { headers: Readonly<Record<string, string>>; body: Buffer }

/** `secret_unusable`: what is configured here is no key, whoever has signed. */
export type SignatureVerdict = 'valid' | 'invalid' | 'secret_unusable'

/** Whether whoever holds the secret has written this, and lately. In constant time where it compares; never throws. */
export function verifySignature(plan: SignaturePlan, request: SignedRequest, nowMs: number): SignatureVerdict {
  switch (plan.kind) {
    case 'none':
      return 'valid'
    case 'standard_webhooks':
      return standard(plan.secret, request, nowMs)
    case 'hmac_sha256':
      return isSigned(plan, request) ? 'valid' : 'invalid'
  }
}

const AGE_SECONDS_MAX = 300

/** The library would judge the age by the machine's time of day; so it only signs, and the comparison is ours. */
function standard(secret: string, { headers, body }: SignedRequest, nowMs: number): SignatureVerdict {
  const webhook = keyed(secret)
  if (webhook === null) return 'secret_unusable'
  const { 'webhook-id': id = '', 'webhook-timestamp': at = '', 'webhook-signature': given = '' } = headers
  // It signs texts; bytes that are none would be taken for others.
  if (id === '' || !/^\d{1,12}$/.test(at) || !isUtf8(body)) return 'invalid'
  if (Math.abs(nowMs / 1_000 - Number(at)) > AGE_SECONDS_MAX) return 'invalid'
  const expected = Buffer.from(webhook.sign(id, new Date(Number(at) * 1_000), body.toString('utf8')))
  const signatures = given.split(' ').map((each) => Buffer.from(each))
  return signatures.some((each) => each.length === expected.length && timingSafeEqual(each, expected))
    ? 'valid'
    : 'invalid'
}

function keyed(secret: string): Webhook | null {
  try {
    return new Webhook(secret)
  } catch {
    return null
  }
}

type HmacPlan = Extract<SignaturePlan, { kind: 'hmac_sha256' }>

function isSigned({ header, secret, prefix, encoding }: HmacPlan, { headers, body }: SignedRequest): boolean {
  const given = headers[header] ?? ''
  if (!given.startsWith(prefix)) return false
  const signed = given.slice(prefix.length)
  // A decoder that passes over what it does not know would accept many spellings of one signature.
  if (!FORMS[encoding].test(signed)) return false
  const expected = createHmac('sha256', secret).update(body).digest()
  const actual = Buffer.from(signed, encoding)
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}

const FORMS = { hex: /^[0-9a-f]{64}$/i, base64: /^[0-9A-Za-z+/]{43}=$/ }
