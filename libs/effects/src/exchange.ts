import type { Answer } from '@readback/contract'
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
  readonly bytesReceived: number
  readonly durationMs: number
  /** The token that went with it; kept out of everything that is stored or shown. */
  readonly credential?: string
  /** How long to wait where there is no answer to say it. */
  readonly retryAfterMs?: number | null
}
