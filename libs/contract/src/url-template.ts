import { type Template, templateOf } from './template.ts'

export type UrlTemplate = {
  /** As written: what may be logged. */
  readonly text: string
  readonly origin: string
  /** From the first slash on; each expression is escaped as a part of a path or of a query. */
  readonly path: Template
  readonly query: readonly (readonly [name: string, value: Template])[]
}

const ABSOLUTE = /^(https?:\/\/[^/?#]+)(.*)$/is
const UNSAFE = /[^\x21-\x7e]|["<>\\^`|#]/

/** What is expected of this URL and not so, or null. A template may fill the path and the query, never choose the host. */
export function urlProblem(text: string): string | null {
  const match = ABSOLUTE.exec(text)
  if (match === null) return 'an absolute http(s) URL'
  const [, authority = '', rest = ''] = match
  if (authority.includes('$')) return 'a fixed scheme, host and port'
  if (authority.includes('@')) return 'a URL without user and password (use auth)'
  if (!URL.canParse(authority)) return 'a valid host and port'
  const plain = rest.replaceAll(/\$\{[^}]*\}/g, '')
  if (UNSAFE.test(plain)) return 'a path and query in printable ASCII, percent-encoded, without a fragment'
  return null
}

/** For a text that `urlProblem` has let through. */
export function urlTemplate(text: string, query: UrlTemplate['query']): UrlTemplate {
  const [, authority = '', rest = ''] = ABSOLUTE.exec(text) ?? []
  const path = rest.startsWith('/') ? rest : `/${rest}`
  return { text, origin: new URL(authority).origin, path: templateOf(path), query }
}
