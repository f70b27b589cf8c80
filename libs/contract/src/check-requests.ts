import type { Check, Finding } from './check.ts'
import { at, type Path } from './document.ts'

const REQUESTS: readonly Path[] = [
  ['call'],
  ['verify', 'by_key', 'read'],
  ['verify', 'by_id', 'read'],
  ['verify', 'canary'],
]

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** These belong to the connection; a contract that sets one would break the request or be overruled. */
const RESERVED =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|accept-encoding)$/i

export const checkRequests: Check = (document) => [
  ...REQUESTS.flatMap((request) => [
    ...oneBody(document, [...request, 'body']),
    ...headerNames(document, [...request, 'headers']),
  ]),
  ...[['auth', 'header', 'name'], ...keyHeader(document)].flatMap((path) => headerName(path, at(document, ...path))),
  ...oneOf(document, ['auth'], ['bearer', 'basic', 'header']),
  ...answersToAll(document),
]

function oneBody(document: unknown, path: Path): Finding[] {
  return oneOf(document, path, ['json', 'form', 'text'])
}

function oneOf(document: unknown, path: Path, kinds: readonly string[]): Finding[] {
  const given = kinds.filter((kind) => at(document, ...path, kind) !== undefined)
  if (given.length < 2) return []
  const message = `expected one of ${kinds.join(', ')}, got ${given.join(' and ')}`
  return [{ code: 'invalid_value', path, message, fix: `${given[0]} alone` }]
}

function headerNames(document: unknown, path: Path): Finding[] {
  const headers = at(document, ...path)
  if (typeof headers !== 'object' || headers === null) return []
  return Object.keys(headers).flatMap((name) => headerName([...path, name], name))
}

function keyHeader(document: unknown): Path[] {
  return at(document, 'provider', 'key', 'in') === 'header' ? [['provider', 'key', 'at']] : []
}

function headerName(path: Path, name: unknown): Finding[] {
  if (typeof name !== 'string' || (HEADER_NAME.test(name) && !RESERVED.test(name))) return []
  const message = `expected the name of a header that a contract may set, got ${JSON.stringify(name)}`
  return [{ code: 'invalid_value', path, message, fix: 'a name such as Idempotency-Key' }]
}

/** A rule without a condition would hide every rule behind it, and the standard table. */
function answersToAll(document: unknown): Finding[] {
  const answers = at(document, 'answers')
  if (!Array.isArray(answers)) return []
  return answers.flatMap((rule, index) => {
    if (at(rule, 'status') !== undefined || at(rule, 'match') !== undefined) return []
    const message = 'expected a status or a match, got neither'
    return [
      { code: 'missing_field' as const, path: ['answers', index], message, fix: '{ status: 409, means: exists }' },
    ]
  })
}
