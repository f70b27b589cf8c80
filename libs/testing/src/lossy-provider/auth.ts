/** Who is let in, and how one gets a token. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Answer, errorAnswer } from './answer.ts'
import type { Json } from './effects.ts'
import { isSignedBy, type SigningKey } from './sigv4.ts'

export type Auth =
  | { basic: { user: string; password: string } }
  /** POST /v1/<collection>/token with a form, the credentials in it or as basic. */
  | { oauth2_client: { id: string; secret: string; lifetimeMs: number } }
  /** POST /v1/<collection>/login with JSON: `{ user, password }`. */
  | { login: { user: string; password: string; lifetimeMs: number } }
  | { aws_sigv4: SigningKey }

/** Tokens and when they end. */
export type Tokens = Map<string, number>

export function isLetIn(auth: Auth | undefined, request: IncomingMessage, body: Buffer | undefined, tokens: Tokens) {
  if (auth === undefined) return true
  const { authorization = '' } = request.headers
  if ('basic' in auth) return authorization === basic(auth.basic.user, auth.basic.password)
  if ('aws_sigv4' in auth) return isSignedBy(auth.aws_sigv4, request, body ?? Buffer.alloc(0))
  return (tokens.get(authorization.replace(/^Bearer /, '')) ?? 0) > Date.now()
}

/** The answer to who asks for a token, at `place`; undefined where there is none to be had. */
export function tokenAnswer(auth: Auth, place: string, request: IncomingMessage, body: Json): Grant | undefined {
  if ('oauth2_client' in auth && place === 'token') {
    const { id, secret, lifetimeMs } = auth.oauth2_client
    const named = body['client_id'] === id && body['client_secret'] === secret
    const known = named || request.headers.authorization === basic(id, secret)
    return known && body['grant_type'] === 'client_credentials' ? grant('access_token', lifetimeMs) : REFUSED
  }
  if ('login' in auth && place === 'login') {
    const { user, password, lifetimeMs } = auth.login
    return body['user'] === user && body['password'] === password ? grant('token', lifetimeMs) : REFUSED
  }
  return undefined
}

export interface Grant {
  answer: Answer
  token?: { text: string; endsAtMs: number }
}

const REFUSED: Grant = { answer: errorAnswer(401, 'invalid_client') }

function grant(field: string, lifetimeMs: number): Grant {
  const text = randomUUID()
  const body = { [field]: text, token_type: 'bearer', expires_in: Math.ceil(lifetimeMs / 1000) }
  return { answer: { status: 200, body: JSON.stringify(body) }, token: { text, endsAtMs: Date.now() + lifetimeMs } }
}

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
