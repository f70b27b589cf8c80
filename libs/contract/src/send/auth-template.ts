import { createHash } from 'node:crypto'
import type { Pointer } from '../read/json-pointer.ts'
import { renderText, type Scope } from './evaluate.ts'
import type { RequestPlan, RequestTemplate } from './request-template.ts'
import type { Template } from './template.ts'

/** A credential that must be fetched or computed for each request. Those that are plain headers are headers already. */
export type AuthTemplate =
  | ({
      readonly kind: 'token'
      readonly request: RequestTemplate
      /** Goes with the token request as basic credentials, by the rules of OAuth 2. */
      readonly client: { readonly id: Template; readonly secret: Template } | null
    } & TokenRules)
  | {
      readonly kind: 'aws_sigv4'
      readonly region: Template
      readonly service: string
      readonly accessKey: Template
      readonly secretKey: Template
      readonly sessionToken: Template | null
    }

export type TokenRules = {
  readonly take: { readonly pointer: Pointer } | { readonly header: string } | { readonly cookie: string }
  readonly give: { readonly header: string; readonly before: string; readonly after: string }
  /** Seconds, in the answer of the token request. */
  readonly expiresIn: Pointer
  readonly lifetimeMs: number | null
}

/** Which credential a request needs, as data: whoever sends it fetches the token, or signs. Holds secrets. */
export type AuthPlan = TokenPlan | SigningPlan

export type TokenPlan = {
  readonly kind: 'token'
  /** The same for all requests that may share a token. */
  readonly id: string
  readonly request: RequestPlan
  readonly rules: TokenRules
}

export type SigningPlan = {
  readonly kind: 'aws_sigv4'
  readonly region: string
  readonly service: string
  readonly accessKey: string
  readonly secretKey: string
  readonly sessionToken: string | null
}

type RenderRequest = (request: RequestTemplate, scope: Scope) => RequestPlan

/** `render` is an argument only because requests and their credentials hold each other. */
export function renderAuth(auth: AuthTemplate, scope: Scope, render: RenderRequest): AuthPlan {
  return auth.kind === 'token' ? tokenPlan(auth, scope, render) : signingPlan(auth, scope)
}

function tokenPlan(auth: Extract<AuthTemplate, { kind: 'token' }>, scope: Scope, render: RenderRequest): TokenPlan {
  const bare = render(auth.request, scope)
  const request = auth.client === null ? bare : withClient(bare, auth.client, scope)
  const { take, give, expiresIn, lifetimeMs } = auth
  const said = JSON.stringify([request.method, request.url, request.headers, String(request.body), take])
  const id = createHash('sha256').update(said, 'utf8').digest('base64')
  return { kind: 'token', id, request, rules: { take, give, expiresIn, lifetimeMs } }
}

/** RFC 6749, 2.3.1: both are form-encoded before they become basic credentials. */
function withClient(request: RequestPlan, client: { id: Template; secret: Template }, scope: Scope): RequestPlan {
  const [id, secret] = [client.id, client.secret].map((part) => formEncoded(renderText(part, scope)))
  const credentials = Buffer.from(`${id}:${secret}`, 'utf8').toString('base64')
  return { ...request, headers: [...request.headers, ['authorization', `Basic ${credentials}`]] }
}

const formEncoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)

function signingPlan(auth: Extract<AuthTemplate, { kind: 'aws_sigv4' }>, scope: Scope): SigningPlan {
  return {
    kind: 'aws_sigv4',
    region: renderText(auth.region, scope),
    service: auth.service,
    accessKey: renderText(auth.accessKey, scope),
    secretKey: renderText(auth.secretKey, scope),
    sessionToken: auth.sessionToken === null ? null : renderText(auth.sessionToken, scope),
  }
}
