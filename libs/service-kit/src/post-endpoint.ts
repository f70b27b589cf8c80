import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http'
import { type BodyLimits, receiveBody } from './receive-body.ts'

/** JSON that somebody from outside has sent, unread. */
export type Post = {
  /** What stands behind the prefix, part by part, decoded. */
  path: readonly string[]
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  /** The bytes as they came: signatures are over them. */
  body: Buffer
}

/** Why a post was not accepted; the code is stable. */
export type Refusal = { status: number; code: string; detail: string; headers?: OutgoingHttpHeaders }

export type PostEndpoint = BodyLimits & {
  /** Begins and ends with a slash. */
  prefix: string
  /** Posts under way at a time; more are told to come again. */
  underWayMax: number
  /** Null: it was accepted. */
  answer: (post: Post) => Promise<Refusal | null>
}

/** Takes a request whose path begins with its prefix, and answers it; false for all others. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => boolean

const NOT_THERE: Refusal = { status: 404, code: 'not_found', detail: 'Nothing is received at this address.' }
const NOT_POSTED: Refusal = {
  status: 405,
  code: 'method_not_allowed',
  detail: 'This address is for POST.',
  headers: { allow: 'POST' },
}
const NOT_JSON: Refusal = {
  status: 415,
  code: 'media_type_unsupported',
  detail: 'The body must be JSON, with a content type that says so and without a content encoding.',
}
const TOO_MANY: Refusal = {
  status: 503,
  code: 'overloaded',
  detail: 'Too much comes in at this moment.',
  headers: { 'retry-after': '1' },
}
const UNAVAILABLE: Refusal = {
  status: 503,
  code: 'unavailable',
  detail: 'This cannot be accepted at this moment.',
  headers: { 'retry-after': '5' },
}

/** Receives JSON from outside: bounded in size, in time and in number. Refusals are problem documents (RFC 9457). */
export function createPostHandler(endpoint: PostEndpoint): RequestHandler {
  let underWay = 0
  return (request, response) => {
    const path = pathOf(request)
    if (!path.startsWith(endpoint.prefix)) return false
    const parts = partsOf(path.slice(endpoint.prefix.length))
    const refusal =
      parts === null ? NOT_THERE : (refusedUnread(request) ?? (underWay < endpoint.underWayMax ? null : TOO_MANY))
    if (refusal !== null || parts === null) {
      refuseUnread(endpoint, request, response, refusal ?? NOT_THERE)
      return true
    }
    underWay += 1
    response.once('close', () => {
      underWay -= 1
    })
    void receive(endpoint, request, parts).then((answer) => send(response, answer))
    return true
  }
}

/** As it was sent: resolving it as a URL would take the dots out of a path, or throw. */
export const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?', 1)[0] ?? ''

function partsOf(rest: string): string[] | null {
  try {
    const parts = rest.split('/').map(decodeURIComponent)
    return parts.every((part) => part !== '' && !/\p{Cc}/u.test(part)) ? parts : null
  } catch {
    return null
  }
}

const JSON_TYPE = /^application\/(?:[\w.+-]{1,100}\+)?json[ \t]*(?:;|$)/i

function refusedUnread({ method, headers }: IncomingMessage): Refusal | null {
  if (method !== 'POST') return NOT_POSTED
  const isPlain = (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity'
  return isPlain && JSON_TYPE.test(headers['content-type'] ?? '') ? null : NOT_JSON
}

/** What is not read is thrown away, so that the sender can read the answer. */
function refuseUnread(limits: BodyLimits, request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  void receiveBody(request, { ...limits, bytesMax: 0 })
  send(response, refusal)
}

async function receive(
  endpoint: PostEndpoint,
  request: IncomingMessage,
  path: readonly string[],
): Promise<Refusal | null> {
  const received = await receiveBody(request, endpoint)
  if (received.kind !== 'whole') return cut(received.kind, endpoint)
  return endpoint.answer({ path, headers: plainHeaders(request), body: received.body }).catch(() => UNAVAILABLE)
}

function cut(why: 'too_large' | 'too_slow' | 'gone', { bytesMax, withinMs }: BodyLimits): Refusal {
  if (why === 'too_large')
    return { status: 413, code: 'body_too_large', detail: `The body may have ${bytesMax} bytes at most.` }
  return {
    status: 408,
    code: 'body_too_slow',
    detail: `The body did not come within ${withinMs} ms.`,
    headers: { connection: 'close' },
  }
}

function plainHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]))
}

function send(response: ServerResponse, refusal: Refusal | null): void {
  if (refusal === null) return void response.writeHead(202, { 'cache-control': 'no-store' }).end()
  const { status, code, detail, headers } = refusal
  const problem = { type: 'about:blank', title: STATUS_CODES[status], status, code, detail }
  response
    .writeHead(status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers })
    .end(JSON.stringify(problem))
}
