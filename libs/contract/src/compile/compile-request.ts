import type { KeyPlacement } from '../contract.ts'
import { parseDuration } from '../duration.ts'
import type { HttpCallSource } from '../schema/schema-call.ts'
import { bodyTemplate } from '../send/body-template.ts'
import type { RequestTemplate } from '../send/request-template.ts'
import { type Template, templateOf } from '../send/template.ts'
import { urlTemplate } from '../send/url-template.ts'

export type Header = readonly [name: string, value: Template]
export type RequestSource = Pick<HttpCallSource, 'url' | 'query' | 'headers' | 'body'> & {
  readonly method?: string | undefined
  readonly timeout?: string | undefined
}

export function compileCall(call: HttpCallSource, auth: readonly Header[], key: KeyPlacement | null): RequestTemplate {
  const keyHeader: readonly Header[] = key?.header == null ? [] : [[key.header.toLowerCase(), templateOf('${key}')]]
  return compileRequest(call, [...fresh(call), ...auth, ...keyHeader], 0)
}

/** A cache on the way could answer a GET for the provider. */
function fresh({ effect_by_get }: HttpCallSource): readonly Header[] {
  return effect_by_get === true ? [['cache-control', ['no-store']]] : []
}

/** `timeoutMs` counts where the request names none. */
export function compileRequest(source: RequestSource, extra: readonly Header[], timeoutMs: number): RequestTemplate {
  return {
    method: source.method ?? 'GET',
    url: urlTemplate(source.url, texts(source.query)),
    headers: headers(source, extra),
    body: source.body === undefined ? null : bodyTemplate(source.body),
    timeoutMs: parseDuration(source.timeout) ?? timeoutMs,
  }
}

/** Later ones replace earlier ones of the same name, so a contract may set its own `accept`. */
function headers(source: RequestSource, extra: readonly Header[]): readonly Header[] {
  const all = new Map<string, Template>([['accept', ['application/json']]])
  for (const [name, value] of [...texts(source.headers), ...extra]) all.set(name.toLowerCase(), value)
  return [...all]
}

/** Sorted, so that the bytes do not depend on how the document was kept. */
function texts(source: Readonly<Record<string, string | number | boolean>> | undefined): readonly Header[] {
  const entries = Object.entries(source ?? {}).sort(([left], [right]) => (left < right ? -1 : 1))
  return entries.map(([name, value]) => [name, templateOf(String(value))] as const)
}
