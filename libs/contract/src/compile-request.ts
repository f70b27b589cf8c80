import { bodyTemplate } from './body-template.ts'
import type { KeyPlacement } from './contract.ts'
import { parseDuration } from './duration.ts'
import type { RequestTemplate } from './request-template.ts'
import type { ContractDocument } from './schema.ts'
import { type Template, templateOf } from './template.ts'
import { urlTemplate } from './url-template.ts'

export type Header = readonly [name: string, value: Template]
type RequestSource = Pick<ContractDocument['call'], 'url' | 'query' | 'headers' | 'body'> & {
  readonly method?: string | undefined
  readonly timeout?: string | undefined
}

/** The header that carries the credential; as a template, so that the secret is looked up at each call. */
export function authHeaders(auth: ContractDocument['auth']): readonly Header[] {
  if (auth?.bearer !== undefined) return [['authorization', templateOf(`Bearer ${auth.bearer}`)]]
  if (auth?.header !== undefined) return [[auth.header.name.toLowerCase(), templateOf(auth.header.value)]]
  if (auth?.basic !== undefined) return [['authorization', ['Basic ', basicCredentials(auth.basic)]]]
  return []
}

function basicCredentials({ user, password }: { user: string; password: string }) {
  const template = [...templateOf(user), ':', ...templateOf(password)]
  return { kind: 'call', fn: 'base64', argument: { kind: 'text', template } } as const
}

export function compileCall(
  call: ContractDocument['call'],
  auth: readonly Header[],
  key: KeyPlacement | null,
): RequestTemplate {
  const keyHeader: readonly Header[] = key?.header == null ? [] : [[key.header.toLowerCase(), templateOf('${key}')]]
  return compileRequest(call, [...fresh(call), ...auth, ...keyHeader], 0)
}

/** A cache on the way could answer a GET for the provider. */
function fresh({ effect_by_get }: ContractDocument['call']): readonly Header[] {
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
