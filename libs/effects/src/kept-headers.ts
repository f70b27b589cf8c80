import { rawHeader } from './received-answer.ts'
import type { Redact } from './redact.ts'

type Headers = Readonly<Record<string, string>>

/** The names under which providers name a request, for whoever asks their support about it. */
const REQUEST_ID_HEADERS = [
  'request-id',
  'x-request-id',
  'x-amzn-requestid',
  'x-amz-request-id',
  'x-ms-request-id',
  'x-goog-request-id',
  'x-github-request-id',
  'x-shopify-request-id',
  'paypal-debug-id',
  'x-correlation-id',
  'x-trace-id',
  'cf-ray',
]

/** All that is ever kept of an answer's headers. What may carry a credential or a person's data is not among them. */
const KEPT_HEADERS = [
  ...REQUEST_ID_HEADERS,
  'allow',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'idempotency-replayed',
  'idempotent-replayed',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'retry-after',
  'server',
  'via',
  'www-authenticate',
]

const VALUE_CHARS_MAX = 200

export function keptHeaders(headers: Headers, redact: Redact): Headers {
  const found = KEPT_HEADERS.flatMap((name) => {
    const value = headers[name]
    return value === undefined ? [] : [[name, redact(bare(name, value), VALUE_CHARS_MAX)] as const]
  })
  return Object.fromEntries(found)
}

type HeadersOfAnswer = { readonly headers: Headers; readonly rawHeaders?: readonly Buffer[] }

/** Asked of every success: of an answer from the wire no map of all headers is made for it. */
export function requestIdIn(answer: HeadersOfAnswer): string | undefined {
  const { rawHeaders } = answer
  for (const name of REQUEST_ID_HEADERS) {
    const value = rawHeaders ? rawHeader(rawHeaders, name) : answer.headers[name]
    if (value !== undefined) return value
  }
  return undefined
}

/** Where a redirect leads is told by its path; what follows it is often a ticket to go there with. */
const bare = (name: string, value: string): string => (name === 'location' ? value.replace(/[?#].*$/s, '?…') : value)
