/** What an attempt's evidence proves about the effect (requirement A1): every attempt ends in exactly one of these. */
export const OUTCOME_CLASSES = [
  'success',
  'validation_failure',
  'permission_denied',
  'retryable_failure',
  'side_effect_unknown',
] as const
export type OutcomeClass = (typeof OUTCOME_CLASSES)[number]

/**
 * What a contract's `answers` may say an answer means; the first hit wins over the standard table.
 * `exists` and `in_progress` prove nothing by themselves: the read-back decides. `partial` is one entry of which only some effects are there.
 */
export const ANSWER_MEANINGS = [
  'accepted',
  'exists',
  'in_progress',
  'partial',
  'not_executed',
  'refused',
  'permission',
  'other_payload',
  'unknown',
] as const
export type AnswerMeaning = (typeof ANSWER_MEANINGS)[number]

/** How far a request got. Nothing can have been executed before `request`: the first byte had not left. */
export const TRANSPORT_PHASES = ['blocked', 'dns', 'connect', 'tls', 'request', 'response', 'complete'] as const
export type TransportPhase = (typeof TRANSPORT_PHASES)[number]
