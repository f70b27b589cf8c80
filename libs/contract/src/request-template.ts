import { jsonOf, RenderFailure, renderText, type Scope, textOf } from './evaluate.ts'
import { type Expression, type Template, templateOf } from './template.ts'

/** One HTTP request with its texts still open. */
export type RequestTemplate = {
  readonly method: string
  readonly url: UrlTemplate
  /** Lower-case names. */
  readonly headers: readonly (readonly [name: string, value: Template])[]
  readonly body: BodyTemplate | null
  /** For connecting, sending and receiving together. */
  readonly timeoutMs: number
}

export type UrlTemplate = {
  /** As written: what may be logged. */
  readonly text: string
  readonly origin: string
  /** From the first slash on; each expression is escaped as a part of a path or of a query. */
  readonly path: Template
  readonly query: readonly (readonly [name: string, value: Template])[]
}

/** Parts of `json` are JSON text already; `form` and `text` are not. */
export type BodyTemplate =
  | { readonly kind: 'json'; readonly parts: readonly (string | JsonPart)[] }
  | { readonly kind: 'text'; readonly template: Template }
  | { readonly kind: 'form'; readonly fields: readonly (readonly [name: string, value: Template])[] }

/** One expression keeps its type; text around it makes it a string. */
export type JsonPart =
  | { readonly kind: 'value'; readonly expression: Expression }
  | { readonly kind: 'string'; readonly template: Template }

export type RequestPlan = {
  readonly method: string
  readonly url: string
  /** The URL before substitution: the only form that may be logged. */
  readonly urlTemplate: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | null
  readonly timeoutMs: number
}

/** Throws RenderFailure when a value is missing or does not fit where it stands. */
export function renderRequest(request: RequestTemplate, scope: Scope): RequestPlan {
  return {
    method: request.method,
    url: renderUrl(request.url, scope),
    urlTemplate: request.url.text,
    headers: request.headers.map(([name, value]) => [name, renderHeader(name, value, scope)] as const),
    body: request.body === null ? null : renderBody(request.body, scope),
    timeoutMs: request.timeoutMs,
  }
}

const DOT_SEGMENT = /\/\.{1,2}(?=[/?]|$)/

function renderUrl(url: UrlTemplate, scope: Scope): string {
  const path = url.path.map((part) => (typeof part === 'string' ? part : encodePart(part, scope))).join('')
  if (DOT_SEGMENT.test(path)) throw new RenderFailure('value_does_not_fit', 'a path segment would be "." or ".."')
  const query = url.query.map(([name, value]) => `${encodeURIComponent(name)}=${encode(renderText(value, scope))}`)
  return `${url.origin}${withQuery(path, query.join('&'))}`
}

/** Appends `query` (already encoded) to a URL or path that may have one. */
export function withQuery(url: string, query: string): string {
  if (query === '') return url
  return `${url}${url.includes('?') ? '&' : '?'}${query}`
}

/** An empty segment would turn the address of one thing into that of the whole collection. */
function encodePart(expression: Expression, scope: Scope): string {
  const text = textOf(expression, scope)
  if (text === '') throw new RenderFailure('value_does_not_fit', 'an empty value in a URL')
  return encode(text)
}

function encode(text: string): string {
  try {
    return encodeURIComponent(text)
  } catch {
    throw new RenderFailure('value_does_not_fit', 'half a surrogate pair in a URL')
  }
}

const HEADER_VALUE = /^[\t\x20-\x7e]*$/

function renderHeader(name: string, template: Template, scope: Scope): string {
  const value = renderText(template, scope)
  if (HEADER_VALUE.test(value)) return value
  const code = value === scope.key ? 'key_does_not_fit' : 'value_does_not_fit'
  throw new RenderFailure(code, `the header ${name} takes printable ASCII only`)
}

function renderBody(body: BodyTemplate, scope: Scope): string {
  switch (body.kind) {
    case 'json':
      return body.parts.map((part) => (typeof part === 'string' ? part : renderJsonPart(part, scope))).join('')
    case 'text':
      return renderText(body.template, scope)
    case 'form':
      return body.fields.map(([name, value]) => `${encode(name)}=${encode(renderText(value, scope))}`).join('&')
  }
}

function renderJsonPart(part: JsonPart, scope: Scope): string {
  return part.kind === 'value' ? jsonOf(part.expression, scope) : JSON.stringify(renderText(part.template, scope))
}

/**
 * The parts of a JSON body. Members are sorted: a document that went through jsonb has lost its order, and every attempt
 * must send the same bytes, whichever process loaded the contract.
 */
export function jsonParts(value: unknown): readonly (string | JsonPart)[] {
  if (typeof value === 'string') return [stringPart(templateOf(value))]
  if (Array.isArray(value)) return enclosed('[', value.map(jsonParts), ']')
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)]
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return enclosed(
    '{',
    members.map(([name, member]) => [`${JSON.stringify(name)}:`, ...jsonParts(member)]),
    '}',
  )
}

function stringPart(template: Template): string | JsonPart {
  const [first, second] = template
  if (first === undefined) return '""'
  if (second !== undefined) return { kind: 'string', template }
  return typeof first === 'string' ? JSON.stringify(first) : { kind: 'value', expression: first }
}

function enclosed(open: string, elements: readonly (readonly (string | JsonPart)[])[], close: string) {
  const parts = elements.flatMap((element, index) => (index === 0 ? element : [',', ...element]))
  return [open, ...parts, close]
}
