import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'
import { compilePattern } from './pattern.ts'
import { mentions, parseTemplate } from './template.ts'

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
  ...keyed(document),
  ...placed(document),
  ...asked(document),
  ...fits(document),
]

function headerNamed(document: unknown): Finding[] {
  const inHeader = at(document, 'provider', 'key', 'in') === 'header'
  if (!inHeader || at(document, 'provider', 'key', 'at') !== undefined) return []
  const message = 'expected the name of the header that carries the key, got nothing'
  return [{ code: 'missing_field', path: ['provider', 'key', 'at'], message, fix: 'at: Idempotency-Key' }]
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
  const paths = typeof place === 'string' ? PLACES[place] : undefined
  if (paths === undefined || paths.some((path) => mentionsKey(at(document, ...path)))) return []
  const where = paths.map((path) => path.join('.')).join(' or ')
  const message = `expected \${key} in ${where}, since provider.key.in is ${String(place)}, got none`
  return [{ code: 'key_not_in_template', path: ['provider', 'key', 'in'], message, fix: `\${key} in ${where}` }]
}

function asked(document: unknown): Finding[] {
  const look = at(document, 'verify', 'by_key')
  const asks = [at(look, 'read'), at(look, 'where')].some(mentionsKey)
  if (look === undefined || asks) return []
  const message = 'expected ${key} in the request or in where, got none: the look would find anything'
  return [{ code: 'look_without_key', path: ['verify', 'by_key'], message, fix: 'where: { /metadata/key: "${key}" }' }]
}

function fits(document: unknown): Finding[] {
  const allowed = at(document, 'provider', 'key', 'allowed')
  const compiled = typeof allowed === 'string' ? compilePattern(allowed) : null
  if (compiled === null || compiled.ok) return []
  const message = `expected ${compiled.expected}, got ${compiled.got}`
  return [{ code: 'pattern_invalid', path: ['provider', 'key', 'allowed'], message, fix: 'allowed: "[A-Za-z0-9_-]+"' }]
}

/** Anywhere in a text, a list or a map. */
function mentionsKey(value: unknown): boolean {
  if (typeof value === 'string') {
    const parsed = parseTemplate(value)
    return parsed.ok && mentions(parsed.template, 'key')
  }
  return typeof value === 'object' && value !== null && Object.values(value).some(mentionsKey)
}
