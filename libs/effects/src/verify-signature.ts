import { isUtf8 } from 'node:buffer'
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SignaturePlan } from '@readback/contract'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'

/** A request as it came: header names in lower case, and the bytes that were signed. */
export type SignedRequest = { headers: Readonly<Record<string, string>>; body: Buffer }

/** `secret_unusable`: what is configured here is no key, whoever has signed. */
export type SignatureVerdict = 'valid' | 'invalid' | 'secret_unusable'

/** Whether whoever holds the secret has written this. In constant time where it compares; never throws. */
export function verifySignature(plan: SignaturePlan, request: SignedRequest): SignatureVerdict {
  switch (plan.kind) {
    case 'none':
      return 'valid'
    case 'standard_webhooks':
      return standard(plan.secret, request)
    case 'hmac_sha256':
      return isSigned(plan, request) ? 'valid' : 'invalid'
  }
}

/** The library also refuses what was signed more than five minutes ago, or ahead. */
function standard(secret: string, { headers, body }: SignedRequest): SignatureVerdict {
  const webhook = keyed(secret)
  if (webhook === null) return 'secret_unusable'
  // It signs texts; bytes that are none would be taken for others.
  if (!isUtf8(body)) return 'invalid'
  try {
    webhook.verify(body.toString('utf8'), headers, { jsonParse: false })
    return 'valid'
  } catch (error) {
    if (error instanceof WebhookVerificationError) return 'invalid'
    throw error
  }
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
