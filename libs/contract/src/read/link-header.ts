/**
 * The target of the first link of this relation in a Link header (RFC 8288), or undefined. Read by hand in one pass: a target may hold
 * commas, and a quoted parameter anything.
 */
export function linkTo(relation: string, header: string): string | undefined {
  let at = header.indexOf('<')
  while (at >= 0) {
    const close = header.indexOf('>', at)
    if (close < 0) return undefined
    const end = paramsEnd(header, close + 1)
    if (relations(header.slice(close + 1, end)).includes(relation)) return header.slice(at + 1, close)
    at = header.indexOf('<', end)
  }
  return undefined
}

/** At the comma that ends the parameters of a link. */
function paramsEnd(header: string, start: number): number {
  let quoted = false
  for (let at = start; at < header.length; at += 1) {
    const char = header[at]
    if (quoted && char === '\\') at += 1
    else if (char === '"') quoted = !quoted
    else if (char === ',' && !quoted) return at
  }
  return header.length
}

const PARAMETER = /\s*;\s*([\w!#$&+.^`|~*-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/gy

/** `rel` may name several, in any case, with or without quotes; the first one counts. */
function relations(params: string): readonly string[] {
  for (const [, name = '', quoted, plain] of params.matchAll(PARAMETER)) {
    if (name.toLowerCase() === 'rel') return (quoted ?? plain ?? '').toLowerCase().split(/\s+/)
  }
  return []
}
