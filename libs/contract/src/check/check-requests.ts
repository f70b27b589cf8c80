import { parseTemplate } from '../send/template.ts'
import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'
import { requestPaths, stepPaths } from './request-paths.ts'

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** These belong to the connection; a contract that sets one would break the request or be overruled. */
const RESERVED =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|accept-encoding)$/i

export const checkRequests: Check = (document) => [
  ...requestPaths(document).flatMap((request) => [
    ...headerNames(document, [...request, 'headers']),
    ...tunnel(document, [...request, 'method']),
  ]),
  ...keyHeader(document).flatMap((path) => headerName(path, at(document, ...path))),
  ...reading(document),
  ...stepPaths(document).flatMap((step) => removing(document, [...step, 'request', 'method'])),
]

export function severalOf(document: unknown, path: Path, kinds: readonly string[]): Finding[] {
  const given = kinds.filter((kind) => at(document, ...path, kind) !== undefined)
  if (given.length < 2) return []
  const message = `expected one of ${kinds.join(', ')}, got ${given.join(' and ')}`
  return [{ code: 'invalid_value', path, message, fix: `${given[0]} alone` }]
}

function headerNames(document: unknown, path: Path): Finding[] {
  const headers = at(document, ...path)
  if (typeof headers !== 'object' || headers === null) return []
  return Object.entries(headers).flatMap(([name, value]) => [
    ...headerName([...path, name], name),
    ...headerValue([...path, name], value),
  ])
}

/** What is written in the file; values are looked at when they come. */
function headerValue(path: Path, value: unknown): Finding[] {
  const parsed = typeof value === 'string' ? parseTemplate(value) : null
  if (parsed === null || !parsed.ok) return []
  if (parsed.template.every((part) => typeof part !== 'string' || /^[\t\x20-\x7e]*$/.test(part))) return []
  const message = 'expected printable ASCII, which is all that a header takes, got another text'
  return [{ code: 'invalid_value', path, message, fix: 'a text in ASCII, or the value in the body' }]
}

function keyHeader(document: unknown): Path[] {
  return at(document, 'provider', 'key', 'in') === 'header' ? [['provider', 'key', 'at']] : []
}

export function headerName(path: Path, name: unknown): Finding[] {
  if (typeof name !== 'string' || (HEADER_NAME.test(name) && !RESERVED.test(name))) return []
  const message = `expected the name of a header that a contract may set, got ${JSON.stringify(name)}`
  return [{ code: 'invalid_value', path, message, fix: 'a name such as Idempotency-Key' }]
}

/** They talk to what is in between, not to the provider. */
function tunnel(document: unknown, path: Path): Finding[] {
  const method = at(document, ...path)
  if (method !== 'CONNECT' && method !== 'TRACE') return []
  const message = `expected a method that reaches the provider, got ${method}`
  return [{ code: 'invalid_value', path, message, fix: 'method: POST' }]
}

const FOR_READING = new Set(['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY'])

/** Everything on the way may answer, repeat or fetch ahead a request that is meant for reading. */
function reading(document: unknown): Finding[] {
  const method = at(document, 'call', 'method')
  if (typeof method !== 'string') return []
  const acts = at(document, 'call', 'effect_by_get') === true
  if (FOR_READING.has(method) === acts) return []
  if (acts) {
    const message = `expected effect_by_get only where the method is one for reading, got it beside ${method}`
    return [{ code: 'invalid_value', path: ['call', 'effect_by_get'], message, fix: 'nothing here; remove it' }]
  }
  const message = `expected a method that acts, got ${method}, which everybody on the way takes for reading`
  const fix = 'method: POST, PUT, PATCH or DELETE, or effect_by_get: true if the provider really acts on it'
  return [{ code: 'invalid_value', path: ['call', 'method'], message, fix }]
}

/** A step is made again when its answer was lost, and its failure counts as "nothing happened". */
function removing(document: unknown, path: Path): Finding[] {
  if (at(document, ...path) !== 'DELETE') return []
  const message =
    'expected a request that only prepares, got DELETE: a step is repeated freely and nobody reads it back'
  return [{ code: 'invalid_value', path, message, fix: 'method: POST, or an effect of its own' }]
}
