import type { TransportPhase } from '@readback/lifecycle'
import type { Exchange, Timings } from './exchange.ts'
import { keptHeaders, requestIdIn } from './kept-headers.ts'
import type { Redact } from './redact.ts'

/**
 * What is stored of one request. Every effect has that of a success, so it is small; what was none is kept in full, as far as it may be
 * shown: no secret, and nothing that the contract redacts.
 */
export type RequestEvidence = {
  readonly phase: TransportPhase
  readonly status: number | null
  /** All of it, a request for a token included. */
  readonly duration_ms: number
  readonly bytes_sent: number
  readonly bytes_received: number
  /** Of a success: what the provider calls this request, if it says so. */
  readonly request_id?: string
  readonly timings_ms?: Timings
  readonly headers?: Readonly<Record<string, string>>
  readonly error?: string
  /** The beginning of what was answered. */
  readonly excerpt?: string
}

export type Seen = Pick<
  Exchange,
  'phase' | 'statusCode' | 'durationMs' | 'bytesSent' | 'bytesReceived' | 'error' | 'timings'
> & {
  readonly answer:
    | (Pick<NonNullable<Exchange['answer']>, 'headers' | 'body'> & { readonly rawHeaders?: readonly Buffer[] })
    | null
}

const REQUEST_ID = /^[\w.:/+=-]{1,128}$/
const ERROR_CHARS = 200
const EXCERPT_CHARS = 512

/** `isHidden` says of the provider's name of the request that it holds what must not be stored. */
export function successEvidence(seen: Seen, isHidden: (id: string) => boolean): RequestEvidence {
  const id = (seen.answer && requestIdIn(seen.answer)) ?? ''
  return REQUEST_ID.test(id) && !isHidden(id) ? { request_id: id, ...measured(seen) } : measured(seen)
}

export function fullEvidence(seen: Seen, redact: Redact): RequestEvidence {
  const { answer, error } = seen
  const headers = keptHeaders(answer?.headers ?? {}, redact)
  const timings = Object.entries(seen.timings()).map(([step, ms]) => [step, Math.round(ms * 10) / 10])
  return {
    ...measured(seen),
    ...(timings.length > 0 && { timings_ms: Object.fromEntries(timings) }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(error !== null && { error: redact(`${error.code}: ${error.message}`, ERROR_CHARS) }),
    ...(answer !== null && answer.body !== '' && { excerpt: redact(answer.body, EXCERPT_CHARS) }),
  }
}

/** Of an attempt that had nothing to send, or code of its own to send it with. */
export const NOTHING_SEEN: Seen = {
  phase: 'blocked',
  statusCode: null,
  durationMs: 0,
  bytesSent: 0,
  bytesReceived: 0,
  error: null,
  timings: () => ({}),
  answer: null,
}

const measured = ({ phase, statusCode, durationMs, bytesSent, bytesReceived }: Seen): RequestEvidence => ({
  phase,
  status: statusCode,
  duration_ms: Math.round(durationMs),
  bytes_sent: bytesSent,
  bytes_received: bytesReceived,
})
