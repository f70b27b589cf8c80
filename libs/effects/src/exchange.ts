import type { Answer, AnswerOrFailure } from '@readback/contract'
import type { TransportPhase } from '@readback/lifecycle'

/** What happened on the wire during one request. */
export type Exchange = {
  /** How far it got. */
  readonly phase: TransportPhase
  /** Present from the status line on; `truncated` when the body was cut. */
  readonly answer: Answer | null
  readonly error: { readonly code: string; readonly message: string } | null
  /** False only when no byte of the request can have left. */
  readonly requestSent: boolean
  readonly statusCode: number | null
  /** Head and body, as far as the network took them. */
  readonly bytesSent: number
  /** Head and body, as they came. */
  readonly bytesReceived: number
  readonly durationMs: number
  /** Made when somebody asks: nobody does of a success. */
  readonly timings: () => Timings
  /** The token that went with it; kept out of everything that is stored or shown. */
  readonly credential?: string
  /** How long to wait where there is no answer to say it. */
  readonly retryAfterMs?: number | null
}

/**
 * Milliseconds that each step took, of those that were taken to their end. The first three are missing where a kept connection was used;
 * `first_byte` counts from the first byte of the request to that of the answer.
 */
export type Timings = {
  readonly dns?: number
  readonly connect?: number
  readonly tls?: number
  readonly first_byte?: number
}

/** What the rules of a contract read. */
export function answerOf({ answer, error }: Exchange): AnswerOrFailure {
  return answer ?? { failed: error?.code ?? 'no_answer' }
}
