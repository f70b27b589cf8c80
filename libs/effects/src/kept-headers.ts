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

export function requestIdIn(headers: Headers): string | undefined {
  const name = REQUEST_ID_HEADERS.find((each) => headers[each] !== undefined)
  return name === undefined ? undefined : headers[name]
}

/** Where a redirect leads is told by its path; what follows it is often a ticket to go there with. */
const bare = (name: string, value: string): string => (name === 'location' ? value.replace(/[?#].*$/s, '?…') : value)
