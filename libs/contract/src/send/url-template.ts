import { type Template, templateOf } from './template.ts'

export type UrlTemplate = {
  /** As written: what may be logged. */
  readonly text: string
  readonly base: UrlBase
  /** Behind the base; each expression is escaped as a part of a path or of a query. */
  readonly path: Template
  readonly query: readonly (readonly [name: string, value: Template])[]
}

/** What the contract says, or what a step of `prepare` has kept: a URL or a path on the host that was asked. */
export type UrlBase = { readonly origin: string } | { readonly prepared: string }

const ABSOLUTE = /^(https?:\/\/[^/?#]+)(.*)$/is
const PREPARED = /^\$\{\s*prepare\.([a-z][a-z0-9_]{0,62})\s*\}(.*)$/s
const UNSAFE = /[^\x21-\x7e]|["<>\\^`|#]/

/** What is expected of this URL and not so, or null. A template may fill the path and the query, never choose the host. */
export function urlProblem(text: string): string | null {
  const [, , behind] = PREPARED.exec(text) ?? []
  if (behind !== undefined) return restProblem(behind, /^(?:[/?&]|$)/)
  const match = ABSOLUTE.exec(text)
  if (match === null) return 'an absolute http(s) URL'
  const [, authority = '', rest = ''] = match
  if (authority.includes('$')) return 'a fixed scheme, host and port'
  if (authority.includes('@')) return 'a URL without user and password (use auth)'
  if (!URL.canParse(authority)) return 'a valid host and port'
  return restProblem(rest, /^/)
}

function restProblem(rest: string, start: RegExp): string | null {
  if (!start.test(rest)) return 'a path or a query behind the prepared URL'
  const plain = rest.replaceAll(/\$\{[^}]*\}/g, '')
  return UNSAFE.test(plain) ? 'a path and query in printable ASCII, percent-encoded, without a fragment' : null
}

/** For a text that `urlProblem` has let through. */
export function urlTemplate(text: string, query: UrlTemplate['query']): UrlTemplate {
  const prepared = PREPARED.exec(text)
  if (prepared !== null)
    return { text, base: { prepared: prepared[1] ?? '' }, path: templateOf(prepared[2] ?? ''), query }
  const [, authority = '', rest = ''] = ABSOLUTE.exec(text) ?? []
  const path = rest.startsWith('/') ? rest : `/${rest}`
  return { text, base: { origin: new URL(authority).origin }, path: templateOf(path), query }
}

/** The name whose value the URL begins with, or null. */
export function preparedName(text: string): string | null {
  return PREPARED.exec(text)?.[1] ?? null
}

export function fixedOrigin(text: string): string {
  return new URL(ABSOLUTE.exec(text)?.[1] ?? '').origin
}

/** Taken apart without changing a byte: links are often signed. Null when it is no URL or path that can be called. */
export function partsOfUrl(text: string, home: string): { origin: string; path: string } | null {
  const [, authority, rest = ''] = ABSOLUTE.exec(text) ?? []
  const path = authority === undefined ? text : rest
  if (UNSAFE.test(path) || (authority === undefined && !/^\/(?!\/)/.test(text))) return null
  if (authority === undefined) return { origin: home, path }
  if (/[@$]/.test(authority) || !URL.canParse(authority)) return null
  return { origin: new URL(authority).origin, path: path.startsWith('/') ? path : `/${path}` }
}

/** Scheme, host and port, or null where there is no such URL. */
export function originOf(text: unknown): string | null {
  const authority = typeof text === 'string' ? ABSOLUTE.exec(text)?.[1] : undefined
  return authority !== undefined && URL.canParse(authority) ? new URL(authority).origin : null
}
