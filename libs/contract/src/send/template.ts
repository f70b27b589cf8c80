import { POINTER, type Pointer, parsePointer } from '../read/json-pointer.ts'
import { FUNCTIONS, type FunctionName } from './functions.ts'

/**
 * The closed language inside `${...}`: names, the payload by JSON Pointer, secrets, and a few functions of one argument.
 *
 *   ${key}  ${payload}  ${payload./customer/id}  ${secret:TOKEN}  ${prepare.link}  ${keep.charge}  ${base64(lower(payload./email))}
 *
 * `$${` stands for a literal `${`. A pointer ends at `}` or `)`, so a member name that contains one cannot be named.
 */
export const NAMES = ['key', 'external_id', 'tenant', 'effect', 'entry_id', 'created_at'] as const
export type Name = (typeof NAMES)[number]

export type Expression =
  | { readonly kind: 'name'; readonly name: Name }
  | { readonly kind: 'payload'; readonly pointer: Pointer }
  | { readonly kind: 'secret'; readonly name: string }
  /** What a `prepare` step kept, or what `verify.keep` took from a look. */
  | { readonly kind: 'prepare' | 'keep'; readonly name: string }
  | { readonly kind: 'call'; readonly fn: FunctionName; readonly argument: Expression }
  /** Several parts as one argument; made by the loader only (basic auth). */
  | { readonly kind: 'text'; readonly template: Template }

/** Text and expressions in turn; text parts are never empty. */
export type Template = readonly (string | Expression)[]

export type ParsedTemplate =
  | { readonly ok: true; readonly template: Template }
  | {
      readonly ok: false
      readonly code: 'template_invalid' | 'template_unknown_name' | 'template_not_repeatable'
      readonly expected: string
      readonly got: string
    }

type Refusal = Extract<ParsedTemplate, { ok: false }>

const TEMPLATE_CHARS_MAX = 64 * 1024

export function parseTemplate(text: string): ParsedTemplate {
  if (text.length > TEMPLATE_CHARS_MAX)
    return invalid(`a template of at most ${TEMPLATE_CHARS_MAX} characters`, `${text.length}`)
  const parts: (string | Expression)[] = []
  let literal = ''
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('${', at)
    if (open < 0) break
    if (text[open - 1] === '$' && open > at) {
      literal += `${text.slice(at, open - 1)}\${`
      at = open + 2
      continue
    }
    const close = text.indexOf('}', open)
    if (close < 0) return invalid('a closing } for every ${', quoted(text.slice(open)))
    const expression = parseExpression(text.slice(open + 2, close).trim(), 0)
    if ('ok' in expression) return expression
    literal += text.slice(at, open)
    if (literal !== '') parts.push(literal)
    parts.push(expression)
    literal = ''
    at = close + 1
  }
  literal += text.slice(at)
  if (literal !== '') parts.push(literal)
  return { ok: true, template: parts }
}

const CALL_DEPTH_MAX = 8

function parseExpression(source: string, depth: number): Expression | Refusal {
  if (depth > CALL_DEPTH_MAX) return invalid(`at most ${CALL_DEPTH_MAX} functions inside one another`, 'more')
  if (UNREPEATABLE.test(source)) return unrepeatable(source)
  const call = /^([a-z0-9_]+)\((.*)\)$/s.exec(source)
  if (call !== null) return parseCall(call[1] ?? '', call[2] ?? '', depth)
  if (source.startsWith('secret:')) return parseSecret(source.slice('secret:'.length))
  if (source === 'payload' || source.startsWith('payload.')) return parsePayload(source)
  const kept = KEPT.exec(source)
  if (kept !== null) return { kind: kept[1] === 'keep' ? 'keep' : 'prepare', name: kept[2] ?? '' }
  const name = NAMES.find((known) => known === source)
  return name === undefined ? unknownName(source) : { kind: 'name', name }
}

const KEPT = /^(prepare|keep)\.([a-z][a-z0-9_]{0,62})$/
/** What people write who expect a clock or a dice here. */
const UNREPEATABLE =
  /^(?:now|date|time|today|timestamp|unix_?time|epoch|random|rand|nonce|uuid|uuid_?[1467]|guid|ulid|attempt)(?:\(|$)/

function unrepeatable(source: string): Refusal {
  const expected =
    'a value that is the same on every attempt, because some providers compare a repeat byte for byte (created_at is the time of the entry, uuid5(key) an id)'
  return { ok: false, code: 'template_not_repeatable', expected, got: quoted(`\${${source}}`) }
}

function parseCall(name: string, argumentText: string, depth: number): Expression | Refusal {
  const fn = FUNCTIONS.find((known) => known === name)
  if (fn === undefined) {
    return {
      ok: false,
      code: 'template_unknown_name',
      expected: `one of the functions ${FUNCTIONS.join(', ')}`,
      got: `${name}(...)`,
    }
  }
  const argument = parseExpression(argumentText.trim(), depth + 1)
  return 'ok' in argument ? argument : { kind: 'call', fn, argument }
}

function parseSecret(name: string): Expression | Refusal {
  if (/^[A-Z][A-Z0-9_]{0,99}$/.test(name)) return { kind: 'secret', name }
  return invalid('the name of a secret in capitals, such as ${secret:BILLING_TOKEN}', quoted(`\${secret:${name}}`))
}

function parsePayload(source: string): Expression | Refusal {
  const pointer = source.slice('payload.'.length)
  const wellFormed = source === 'payload' || (pointer.startsWith('/') && POINTER.test(pointer))
  if (!wellFormed) return invalid('a JSON Pointer behind payload., such as ${payload./amount}', quoted(`\${${source}}`))
  return { kind: 'payload', pointer: parsePointer(pointer) }
}

function unknownName(source: string): Refusal {
  const expected = `one of payload, payload./pointer, ${NAMES.join(', ')}, prepare.NAME, keep.NAME, secret:NAME or a function`
  return { ok: false, code: 'template_unknown_name', expected, got: quoted(`\${${source}}`) }
}

function invalid(expected: string, got: string): Refusal {
  return { ok: false, code: 'template_invalid', expected, got }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text)
}

/** For texts that the checks have let through already. */
export function templateOf(text: string): Template {
  const parsed = parseTemplate(text)
  if (!parsed.ok) throw new Error(`unchecked template: expected ${parsed.expected}, got ${parsed.got}`)
  return parsed.template
}

/** Every expression of a template, those inside function calls included. */
export function expressionsIn(template: Template): readonly Expression[] {
  return template.flatMap((part) => (typeof part === 'string' ? [] : nested(part)))
}

function nested(expression: Expression): readonly Expression[] {
  if (expression.kind === 'text') return expressionsIn(expression.template)
  return expression.kind === 'call' ? [expression, ...nested(expression.argument)] : [expression]
}

export function mentions(template: Template, name: Name): boolean {
  return expressionsIn(template).some((expression) => expression.kind === 'name' && expression.name === name)
}
