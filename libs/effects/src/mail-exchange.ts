import type { TransportPhase } from '@readback/lifecycle'
import type { Exchange } from './exchange.ts'

/** What happened between us and a mail server. */
export type MailExchange = Pick<Exchange, 'bytesSent' | 'bytesReceived' | 'timings'> & {
  /** `connect` lasts until the first byte of the mail, `request` until the last, `sent` until the last reply; `complete`: that came. */
  readonly phase: TransportPhase
  /** The reply that decided: the last one, or the one that refused us before. */
  readonly reply: { readonly code: number; readonly text: string } | null
  readonly error: { readonly code: string; readonly message: string } | null
  /** False only when no byte of the mail can have left: the final dot is the point of no return. */
  readonly mailSent: boolean
  readonly durationMs: number
}
