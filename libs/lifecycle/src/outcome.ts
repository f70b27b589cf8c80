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

/**
 * How far a request got, by the last step that began. Nothing can have been executed before `request`: until then no byte has left.
 *
 * | phase      | what had begun                                                          |
 * |------------|-------------------------------------------------------------------------|
 * | `blocked`  | nothing: we refused it ourselves                                        |
 * | `dns`      | its host was looked up                                                  |
 * | `connect`  | a connection was made, or waited for; of a mail, the talk before it     |
 * | `tls`      | the connection was encrypted                                            |
 * | `request`  | it was written: its first byte may have left                            |
 * | `sent`     | the network had all of it, and the answer was waited for                |
 * | `response` | the first byte of an answer had come                                    |
 * | `complete` | the answer had come whole                                               |
 */
export const TRANSPORT_PHASES = ['blocked', 'dns', 'connect', 'tls', 'request', 'sent', 'response', 'complete'] as const
export type TransportPhase = (typeof TRANSPORT_PHASES)[number]
