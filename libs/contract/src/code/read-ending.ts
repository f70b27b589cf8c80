import { OUTCOME_CLASSES, type OutcomeClass } from '@readback/lifecycle'
import type { Contract } from '../contract.ts'
import type { Entry } from '../entry.ts'
import type { Answer } from '../read/answer.ts'
import { idText } from '../read/external-id.ts'
import { isPlainObject } from '../read/match.ts'
import { type ReadAnswer, readAnswer } from '../read/read-answer.ts'

/** How the code of a call ended. */
export type Ending =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  /** It may still be running; nobody listens. The code says why: `deadline`, `aborted`. */
  | { readonly kind: 'left'; readonly code: string }

/** Requests of the call that are part of the effect: how many have left, and of how many the answer is missing or cut. */
export type SentRequests = { readonly left: number; readonly lost: number }

/** What a call by code proves. */
export type CodeReading = ReadAnswer & {
  /** The answer that it was read from, if there was one. */
  readonly answer: Answer | null
  /** Something complete came back. */
  readonly answered: boolean
}

/**
 * | ending                     | requests of the effect  | outcome                                          |
 * |----------------------------|-------------------------|--------------------------------------------------|
 * | left, threw                | any                     | side_effect_unknown                              |
 * | threw NotSent, sent: false | none left               | retryable_failure                                |
 * |                            | one left                | side_effect_unknown                              |
 * | sent: true, no answer      | any                     | side_effect_unknown                              |
 * | an answer                  | that one                | as `answers`, `classify` and the table read it   |
 * |                            | others before it        | the same for a success, else side_effect_unknown |
 * | an outcome                 | all answered            | that outcome                                     |
 * |                            | one lost                | a success stays one, else side_effect_unknown    |
 * | anything else              | any                     | side_effect_unknown                              |
 */
export function readEnding(
  contract: Contract,
  entry: Entry,
  { ending, sent, nowMs }: { ending: Ending; sent: SentRequests; nowMs: number },
): CodeReading {
  if (ending.kind === 'left') return unknown(ending.code)
  if (ending.kind === 'threw') return readThrown(ending.error, sent)
  const { value } = ending
  if (!isPlainObject(value)) return unknown('code_result_invalid')
  if ('outcome' in value) return readOutcome(value, sent)
  const answer = answerIn(value['answer'])
  if (answer === 'invalid' || typeof value['sent'] !== 'boolean') return unknown('code_result_invalid')
  const code = codeText(value['error'])
  if (!value['sent']) return answer === null ? notSent(code, sent) : unknown('code_result_invalid')
  if (answer === null) return unknown(code ?? 'no_answer')
  const read = readAnswer(contract, entry, answer, nowMs)
  const partly = read.class !== 'success' && sent.left > 1
  return { ...(partly ? unknown('partly_sent') : read), answer, answered: !answer.truncated }
}

function readThrown(error: unknown, sent: SentRequests): CodeReading {
  const isNotSent = error instanceof Error && error.name === 'NotSent'
  return isNotSent ? notSent(codeText((error as { code?: unknown }).code), sent) : unknown('code_threw')
}

function notSent(code: string | null, { left }: SentRequests): CodeReading {
  return left > 0 ? unknown('partly_sent') : reading('retryable_failure', code ?? 'not_sent')
}

function readOutcome(value: Record<string, unknown>, { lost }: SentRequests): CodeReading {
  const { outcome, cause, externalId = null, retryAfterMs = null } = value
  const isClass = (OUTCOME_CLASSES as readonly unknown[]).includes(outcome)
  const code = codeText(cause)
  if (!isClass || code === null || !isWait(retryAfterMs)) return unknown('code_result_invalid')
  if (outcome !== 'success' && lost > 0) return unknown('answer_lost')
  const id = outcome === 'success' ? idText(externalId) : null
  const answered = outcome !== 'side_effect_unknown'
  return { ...reading(outcome as OutcomeClass, code), externalId: id, retryAfterMs, answered }
}

function isWait(value: unknown): value is number | null {
  return value === null || (typeof value === 'number' && Number.isFinite(value) && value >= 0)
}

const CODE = /^\w{1,63}$/

function codeText(value: unknown): string | null {
  return typeof value === 'string' && CODE.test(value) ? value : null
}

function answerIn(value: unknown): Answer | null | 'invalid' {
  if (value === null || value === undefined) return null
  if (!isPlainObject(value)) return 'invalid'
  const { status, headers = {}, body = '', truncated = false, bytes } = value
  const isStatus = Number.isInteger(status) && Number(status) >= 100 && Number(status) <= 599
  if (!isStatus || !isPlainObject(headers) || typeof body !== 'string') return 'invalid'
  const names = Object.entries(headers).map(([name, text]) => [name.toLowerCase(), String(text)] as const)
  return {
    status: Number(status),
    headers: Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(names)),
    body,
    truncated: truncated !== false,
    ...(bytes instanceof Uint8Array && { bytes }),
  }
}

const unknown = (cause: string): CodeReading => reading('side_effect_unknown', cause)

function reading(outcome: OutcomeClass, cause: string): CodeReading {
  return { class: outcome, means: null, cause, externalId: null, retryAfterMs: null, answer: null, answered: false }
}
