import type { ReadAnswer } from '@readback/contract'
import type { Exchange } from './exchange.ts'

/**
 * What one exchange proves about the effect. `read` says what the answer means; it is asked only when an answer came.
 *
 * | sent | answer   | outcome                                             |
 * |------|----------|-----------------------------------------------------|
 * | no   |          | retryable_failure; permission_denied when denied    |
 * | yes  | none     | side_effect_unknown                                 |
 * | yes  | cut      | side_effect_unknown, unless the contract knows more |
 * | yes  | complete | as read                                             |
 */
export function classify(
  exchange: Exchange,
  read: (answer: NonNullable<Exchange['answer']>) => ReadAnswer,
): ReadAnswer {
  if (exchange.answer !== null) return read(exchange.answer)
  const cause = exchange.error?.code ?? 'no_answer'
  if (exchange.requestSent) return without('side_effect_unknown', cause)
  const outcome = DENIED.has(cause) ? 'permission_denied' : 'retryable_failure'
  return without(outcome, cause, exchange.retryAfterMs)
}

const DENIED = new Set(['egress_denied', 'token_refused'])

function without(outcome: ReadAnswer['class'], cause: string, retryAfterMs: number | null = null): ReadAnswer {
  return { class: outcome, means: null, cause, externalId: null, retryAfterMs }
}
