import type { CallbackRules, SignatureRule } from '../read/callback.ts'
import { parsePointer } from '../read/json-pointer.ts'
import { patternFor } from '../read/pattern.ts'
import { type CallbackSource, REFERENCES } from '../schema/schema-callback.ts'
import { templateOf } from '../send/template.ts'
import { matchRules } from './match-source.ts'

export function compileCallback({ find, when, signature }: CallbackSource): CallbackRules {
  return {
    find: findRule(find),
    when: matchRules(when),
    signature: signatureRule(signature),
  }
}

function findRule(find: CallbackSource['find']): CallbackRules['find'] {
  const by = REFERENCES.find((reference) => find[reference] !== undefined) ?? 'key'
  const place = find[by] ?? ''
  if (typeof place === 'string') return { by, at: parsePointer(place), pattern: null }
  return { by, at: parsePointer(place.at), pattern: patternFor(place.re) }
}

function signatureRule(source: CallbackSource['signature']): SignatureRule {
  if (source === 'none') return { kind: 'none' }
  const { standard_webhooks: standard, hmac_sha256: hmac } = source
  if (standard !== undefined) return { kind: 'standard_webhooks', secret: templateOf(standard) }
  if (hmac === undefined) throw new Error('unchecked contract: a signature of no kind')
  const { header, secret, prefix = '', encoding = 'hex' } = hmac
  return { kind: 'hmac_sha256', header: header.toLowerCase(), secret: templateOf(secret), prefix, encoding }
}
