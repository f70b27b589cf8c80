import type { PrepareSource } from '../schema/schema-call.ts'
import { fixedOrigin, preparedName } from '../send/url-template.ts'

/** For each kept name, where a URL of that name may point: first the host that was asked for it, then those that the contract names. */
export type PreparedOrigins = Readonly<Record<string, readonly string[]>>

export function preparedOrigins(source: PrepareSource | undefined): PreparedOrigins {
  const known: Record<string, readonly string[]> = {}
  for (const { request, keep } of [source ?? []].flat()) {
    const asked = originsOf(request.url, known)
    for (const [name, rule] of Object.entries(keep)) {
      const named = typeof rule === 'string' ? [] : (rule.origins ?? [])
      known[name] = [...new Set([...asked, ...named.map((origin) => new URL(origin).origin)])]
    }
  }
  return known
}

function originsOf(url: string, known: PreparedOrigins): readonly string[] {
  const name = preparedName(url)
  return name === null ? [fixedOrigin(url)] : (known[name] ?? [])
}

/** A credential is for the host that it was given for: it does not travel with a link that may lead elsewhere. */
export function mayLeaveHome(url: string, known: PreparedOrigins): boolean {
  const name = preparedName(url)
  return name !== null && (known[name] ?? []).length !== 1
}
