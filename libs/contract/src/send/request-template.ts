import { type AuthPlan, type AuthTemplate, renderAuth } from './auth-template.ts'
import type { BodyTemplate } from './body-template.ts'
import { percentEncode } from './escape.ts'
import { renderText, type Scope, textOf } from './evaluate.ts'
import { renderBody } from './render-body.ts'
import { misfit, RenderFailure } from './render-failure.ts'
import type { Expression, Template } from './template.ts'
import { partsOfUrl, type UrlTemplate } from './url-template.ts'

/** One HTTP request with its texts still open. */
export type RequestTemplate = {
  readonly method: string
  readonly url: UrlTemplate
  /** Lower-case names. The type of the body is not among them: it comes with the body. */
  readonly headers: readonly (readonly [name: string, value: Template])[]
  readonly body: BodyTemplate | null
  /** For connecting, sending and receiving together. */
  readonly timeoutMs: number
  /** A look whose content is compared may follow redirects within its origin; a call never. */
  readonly follow?: boolean | undefined
  /** A credential that is fetched or computed when the request is sent. */
  readonly auth?: AuthTemplate | null
}

export type RequestPlan = {
  readonly method: string
  readonly url: string
  /** The URL before substitution: the only form that may be logged. */
  readonly urlTemplate: string
  readonly headers: readonly (readonly [string, string])[]
  /** A text is sent as UTF-8. */
  readonly body: string | Uint8Array | null
  readonly timeoutMs: number
  /** By the monotonic clock of whoever sends it: a request whose first byte has not left by then is not sent. */
  readonly notAfterMs?: number | undefined
  readonly follow?: boolean | undefined
  readonly auth?: AuthPlan | null | undefined
}

// A payload of 256 KiB, read as often as a large contract names it.
export const WORK_CHARS_MAX = 64 * 1024 * 1024

/** Throws RenderFailure when a value is missing or does not fit where it stands. */
export function renderRequest(request: RequestTemplate, scope: Scope): RequestPlan {
  const bounded = withBound(scope)
  const body = request.body === null ? null : renderBody(request.body, bounded)
  const headers = request.headers.map(([name, value]) => [name, renderHeader(name, value, bounded)] as const)
  return {
    method: request.method,
    url: renderUrl(request.url, bounded),
    urlTemplate: request.url.text,
    headers: body === null ? headers : [['content-type', body.type], ...headers],
    body: body === null ? null : body.content,
    timeoutMs: request.timeoutMs,
    notAfterMs: undefined,
    follow: request.follow,
    auth: request.auth ? renderAuth(request.auth, scope, renderRequest) : undefined,
  }
}

/** Written out, like the plan above: a spread of so many fields costs more than all of their values. */
const withBound = ({ entry, key, externalId, secret, kept, preparedOrigins }: Scope): Scope => ({
  entry,
  key,
  externalId,
  secret,
  kept,
  preparedOrigins,
  work: { left: WORK_CHARS_MAX },
})

const DOT_SEGMENT = /\/\.{1,2}(?=[/?]|$)/
// What servers and proxies take on one line.
const URL_CHARS_MAX = 16 * 1024

function renderUrl(url: UrlTemplate, scope: Scope): string {
  let path = ''
  for (const part of url.path) path += typeof part === 'string' ? part : encodePart(part, scope)
  if (DOT_SEGMENT.test(path)) throw misfit('a path segment would be "." or ".."')
  const query = url.query.map(([name, value]) => `${percentEncode(name)}=${percentEncode(renderText(value, scope))}`)
  const base = 'origin' in url.base ? url.base.origin : preparedBase(url.base.prepared, scope)
  const whole = withQuery(joined(base, path), query.join('&'))
  if (whole.length > URL_CHARS_MAX) throw misfit(`a URL of more than ${URL_CHARS_MAX} characters`)
  return whole
}

/** A provider names the place, and the contract says on which hosts it may be. */
function preparedBase(name: string, scope: Scope): string {
  const allowed = scope.preparedOrigins?.[name] ?? []
  const parts = partsOfUrl(textOf({ kind: 'prepare', name }, scope), allowed[0] ?? '')
  if (parts === null || DOT_SEGMENT.test(parts.path)) throw misfit(`what ${name} keeps is no URL`)
  if (!allowed.includes(parts.origin))
    throw misfit(`the URL that ${name} keeps is on another host than those that the contract names`)
  return `${parts.origin}${parts.path}`
}

/** A link may have a query of its own already. */
function joined(base: string, path: string): string {
  return /^[?&]/.test(path) ? withQuery(base, path.slice(1)) : `${base}${path}`
}

/** Appends `query` (already encoded) to a URL or path that may have one. */
export function withQuery(url: string, query: string): string {
  if (query === '') return url
  return `${url}${url.includes('?') ? '&' : '?'}${query}`
}

/** An empty segment would turn the address of one thing into that of the whole collection. */
function encodePart(expression: Expression, scope: Scope): string {
  const text = textOf(expression, scope)
  if (text === '') throw misfit('an empty value in a URL')
  return percentEncode(text)
}

const HEADER_VALUE = /^[\t\x20-\x7e]*$/

function renderHeader(name: string, template: Template, scope: Scope): string {
  const value = renderText(template, scope)
  if (HEADER_VALUE.test(value)) return value
  const code = value === scope.key ? 'key_does_not_fit' : 'value_does_not_fit'
  throw new RenderFailure(code, `the header ${name} takes printable ASCII only`)
}
