import { keyPlacement } from '../compile/compile-key.ts'
import { compilePattern } from '../read/pattern.ts'
import { type KeySource, key as keySchema } from '../schema/schema-provider.ts'
import { keyMisfit } from '../send/provider-key.ts'
import { mentions, parseTemplate } from '../send/template.ts'
import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'

/** Where the key must stand, by `provider.key.in`. */
const PLACES: Readonly<Record<string, readonly Path[]>> = {
  path: [['call', 'url']],
  query: [
    ['call', 'url'],
    ['call', 'query'],
  ],
  body: [['call', 'body']],
  marker: [['call', 'body']],
}

/** The key must really reach the provider, and the look by key must really ask for it. */
export const checkKey: Check = (document) => [
  ...headerNamed(document),
  ...mailed(document),
  ...keyed(document),
  ...placed(document),
  ...asked(document),
  ...shaped(document),
]

function headerNamed(document: unknown): Finding[] {
  const inHeader = at(document, 'provider', 'key', 'in') === 'header'
  if (!inHeader || at(document, 'provider', 'key', 'at') !== undefined) return []
  const message = 'expected the name of the header that carries the key, got nothing'
  return [{ code: 'missing_field', path: ['provider', 'key', 'at'], message, fix: 'at: Idempotency-Key' }]
}

function mailed(document: unknown): Finding[] {
  const inMail = at(document, 'provider', 'key', 'in') === 'message_id'
  if (!inMail || at(document, 'call', 'url') === undefined) return []
  const message = 'expected a place that an HTTP request has, got message_id, which is that of a mail'
  return [{ code: 'invalid_value', path: ['provider', 'key', 'in'], message, fix: 'in: header, or body' }]
}

function keyed(document: unknown): Finding[] {
  const repeat = at(document, 'provider', 'repeat')
  const claims = repeat === 'same_answer' || repeat === 'refused'
  if (!claims || at(document, 'provider', 'key') !== undefined) return []
  const message = `expected the place of the key, since repeat: ${String(repeat)} says that the provider honours it, got nothing`
  return [
    {
      code: 'missing_field',
      path: ['provider', 'key'],
      message,
      fix: 'key: { in: header, at: Idempotency-Key, lifetime: 24h }',
    },
  ]
}

function placed(document: unknown): Finding[] {
  const place = at(document, 'provider', 'key', 'in')
  if (at(document, 'code', 'call') === true) return []
  const inMail = at(document, 'call', 'smtp') !== undefined && place === 'marker'
  const paths = inMail ? [['call', 'mail']] : PLACES[String(place)]
  if (paths === undefined || paths.some((path) => mentionsKey(at(document, ...path)))) return []
  const where = paths.map((path) => path.join('.')).join(' or ')
  const message = `expected \${key} in ${where}, since provider.key.in is ${String(place)}, got none`
  return [{ code: 'key_not_in_template', path: ['provider', 'key', 'in'], message, fix: `\${key} in ${where}` }]
}

function asked(document: unknown): Finding[] {
  const look = at(document, 'verify', 'by_key')
  const byCode = at(document, 'code', 'look') === true
  const asks = byCode || [at(look, 'read'), at(look, 'where')].some(mentionsKey)
  if (look === undefined || asks) return []
  const message = 'expected ${key} in the request or in where, got none: the look would find anything'
  return [{ code: 'look_without_key', path: ['verify', 'by_key'], message, fix: 'where: { /metadata/key: "${key}" }' }]
}

function shaped(document: unknown): Finding[] {
  const allowed = at(document, 'provider', 'key', 'allowed')
  const compiled = typeof allowed === 'string' ? compilePattern(allowed) : null
  if (compiled !== null && !compiled.ok) {
    const message = `expected ${compiled.expected}, got ${compiled.got}`
    const path = ['provider', 'key', 'allowed']
    return [{ code: 'pattern_invalid', path, message, fix: 'allowed: "[A-Za-z0-9_-]+"' }]
  }
  const source = keySchema.safeParse(at(document, 'provider', 'key'))
  return source.success ? [...folded(source.data), ...fits(source.data)] : []
}

/** In base64url `a` and `A` are two digits: in one case, two keys would be one. */
function folded({ as, case: letters }: KeySource): Finding[] {
  if (letters === undefined || typeof as !== 'object' || as.sha256 === 'hex') return []
  const message = 'expected hex, since case makes one of digits that base64url tells apart, got base64url'
  return [{ code: 'invalid_value', path: ['provider', 'key', 'as'], message, fix: 'as: { sha256: hex }' }]
}

// Each digit of a digest is missed at its place by so many samples once in ten million times.
const SAMPLES = 256

/** Every digest and every UUID has the same length and the same digits: what one of them breaks, the contract breaks. */
function fits(source: KeySource): Finding[] {
  if (source.as === undefined || source.as === 'raw' || source.in === 'message_id') return []
  const provider = { key: keyPlacement(source) }
  const misfits = Array.from({ length: SAMPLES }, (_, index) =>
    keyMisfit({ provider }, { source: 'source', tenant: 'tenant', key: `sample ${index}` }),
  )
  const reason = misfits.find((found) => found !== null)
  if (reason === undefined || reason === null) return []
  const message = `expected a form that every re-shaped key has, got one that refuses some: ${reason}`
  const fix = 'as: { sha256: hex, length: 32 } beside max_bytes: 32, allowed: "[0-9a-f]+"'
  return [{ code: 'key_never_fits', path: ['provider', 'key', 'as'], message, fix }]
}

/** Anywhere in a text, a list or a map. */
function mentionsKey(value: unknown): boolean {
  if (typeof value === 'string') {
    const parsed = parseTemplate(value)
    return parsed.ok && mentions(parsed.template, 'key')
  }
  return typeof value === 'object' && value !== null && Object.values(value).some(mentionsKey)
}
