import { parseDuration } from '../duration.ts'
import { parsePointer } from '../read/json-pointer.ts'
import type { AuthSource, OwnAuthSource } from '../schema/schema-auth.ts'
import type { ContractDocument } from '../schema/schema-code.ts'
import type { AuthTemplate, TokenRules } from '../send/auth-template.ts'
import type { RequestTemplate } from '../send/request-template.ts'
import { type Template, templateOf } from '../send/template.ts'
import { originOf, preparedName } from '../send/url-template.ts'
import { compileRequest, type RequestSource } from './compile-request.ts'
import { mayLeaveHome, type PreparedOrigins } from './prepared-origins.ts'

type Header = readonly [name: string, value: Template]

/** What a credential adds to a request: headers, or a scheme that whoever sends it resolves. */
export type Credential = { readonly headers: readonly Header[]; readonly scheme: AuthTemplate | null }

export const NO_CREDENTIAL: Credential = { headers: [], scheme: null }

/** The contract's own credential, and which URLs it may go to. */
export type CallAuth = { readonly credential: Credential; readonly goesTo: (url: string) => boolean }

/**
 * It belongs to the host that is called, or asked for the link that is called. The log-in of a mail server is nothing that a look may
 * show to anybody; code asks for its own secrets.
 */
export function callAuth({ auth, call }: ContractDocument, origins: PreparedOrigins): CallAuth {
  const home = 'url' in call ? homeOf(call.url, origins) : null
  return {
    credential: compileAuth(auth),
    goesTo: (url) => home !== null && homeOf(url, origins) === home && !mayLeaveHome(url, origins),
  }
}

function homeOf(url: string, origins: PreparedOrigins): string | null {
  const name = preparedName(url)
  return name === null ? originOf(url) : (origins[name]?.[0] ?? null)
}

function compileAuth(source: AuthSource | undefined): Credential {
  const headers = staticHeaders(source)
  return headers.length > 0 || source === undefined ? { headers, scheme: null } : { headers, scheme: scheme(source) }
}

/** As templates, so that the secret is looked up at each call. */
function staticHeaders(source: AuthSource | undefined): readonly Header[] {
  if (source?.bearer !== undefined) return [['authorization', templateOf(`Bearer ${source.bearer}`)]]
  if (source?.header !== undefined) return [[source.header.name.toLowerCase(), templateOf(source.header.value)]]
  if (source?.basic !== undefined) return [['authorization', ['Basic ', basicCredentials(source.basic)]]]
  return []
}

function basicCredentials({ user, password }: { user: string; password: string }) {
  const template = [...templateOf(user), ':', ...templateOf(password)]
  return { kind: 'call', fn: 'base64', argument: { kind: 'text', template } } as const
}

/** A request with a credential of its own, or the contract's where that may go. */
export function authorizedRequest(
  source: RequestSource,
  own: OwnAuthSource,
  { credential, goesTo }: CallAuth,
  timeoutMs: number,
): RequestTemplate {
  const inherited = goesTo(source.url) ? credential : NO_CREDENTIAL
  const named = own === 'none' ? NO_CREDENTIAL : compileAuth(own)
  const { headers, scheme: auth } = own === undefined ? inherited : named
  return { ...compileRequest(source, headers, timeoutMs), auth }
}

function scheme({ oauth2_client: oauth2, login, aws_sigv4: aws }: AuthSource): AuthTemplate | null {
  if (oauth2 !== undefined) return clientCredentials(oauth2)
  if (login !== undefined) return logIn(login)
  if (aws === undefined) return null
  return {
    kind: 'aws_sigv4',
    region: templateOf(aws.region),
    service: aws.service,
    accessKey: templateOf(aws.access_key),
    secretKey: templateOf(aws.secret_key),
    sessionToken: aws.session_token === undefined ? null : templateOf(aws.session_token),
  }
}

/** Shared by many calls, each with a time-out of its own. */
const TOKEN_TIMEOUT_MS = 10_000

const BEARER = { header: 'authorization', before: 'Bearer ', after: '' }

function clientCredentials(source: NonNullable<AuthSource['oauth2_client']>): AuthTemplate {
  const { client_id: id, client_secret: secret, scope, audience, auth = 'basic' } = source
  const form = {
    grant_type: 'client_credentials',
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
    ...(auth === 'body' && { client_id: id, client_secret: secret }),
  }
  return {
    kind: 'token',
    request: compileRequest({ url: source.token_url, method: 'POST', body: { form } }, [], TOKEN_TIMEOUT_MS),
    client: auth === 'basic' ? { id: templateOf(id), secret: templateOf(secret) } : null,
    take: { pointer: ['access_token'] },
    give: BEARER,
    expiresIn: ['expires_in'],
    lifetimeMs: parseDuration(source.lifetime),
  }
}

function logIn(source: NonNullable<AuthSource['login']>): AuthTemplate {
  const take = tokenPlace(source.token)
  return {
    kind: 'token',
    request: compileRequest({ method: 'POST', ...source.request }, [], TOKEN_TIMEOUT_MS),
    client: null,
    take,
    give: tokenUse(source.as, take),
    expiresIn: parsePointer(source.expires_in ?? '/expires_in'),
    lifetimeMs: parseDuration(source.lifetime),
  }
}

function tokenPlace(source: NonNullable<AuthSource['login']>['token']): TokenRules['take'] {
  if (typeof source === 'string') return { pointer: parsePointer(source) }
  return 'header' in source ? { header: source.header.toLowerCase() } : { cookie: source.cookie }
}

function tokenUse(source: NonNullable<AuthSource['login']>['as'], take: TokenRules['take']): TokenRules['give'] {
  if (source === undefined)
    return 'cookie' in take ? { header: 'cookie', before: `${take.cookie}=`, after: '' } : BEARER
  const { header, value = '${token}' } =
    typeof source === 'string' ? { header: 'authorization', value: source } : source
  const [before = '', after = ''] = value.split('${token}')
  return { header: header.toLowerCase(), before, after }
}
