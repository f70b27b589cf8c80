import type { SecretSource } from '@readback/contract'
import type { AnswerMeaning, OutcomeClass } from '@readback/lifecycle'
import type { RequestEvidence } from './evidence.ts'
import type { HttpCaller } from './http-caller.ts'

export type LookDeps = { readonly caller: Pick<HttpCaller, 'send' | 'sendMail'>; readonly secret: SecretSource }

export type CallDeps = LookDeps & {
  /** Milliseconds since 1970: what a provider that says when to come again, and not what time it is, is compared with. */
  readonly now: () => number
  /** Monotonic: what has not begun to leave by then must not leave. */
  readonly notAfterMs?: number
}

export type CallResult = {
  readonly outcome: OutcomeClass
  readonly means: AnswerMeaning | null
  readonly cause: string
  readonly externalId: string | null
  readonly retryAfterMs: number | null
  /** A complete answer came. */
  readonly answered: boolean
  readonly evidence: RequestEvidence
}
