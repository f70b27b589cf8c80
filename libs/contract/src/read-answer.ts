import type { AnswerMeaning, OutcomeClass } from '@readback/lifecycle'
import { type Answer, is2xx } from './answer.ts'
import type { AnswerRule, Contract, ExternalIdRule } from './contract.ts'
import type { Entry } from './entry.ts'
import type { Scope } from './evaluate.ts'
import { numberText, parseExactly } from './json-exact.ts'
import { valueAt } from './json-pointer.ts'
import { matches } from './match.ts'
import { noticed } from './notice.ts'
import { retryAfterMs } from './retry-after.ts'
import { scopeOf } from './scope.ts'

/** What an answer to a call proves. */
export type ReadAnswer = {
  readonly class: OutcomeClass
  /** What the contract's `answers` said, or null when the standard table decided. */
  readonly means: AnswerMeaning | null
  /** Stable code: `http_404`, `answer_exists`, `mismatch`, `truncated`. */
  readonly cause: string
  readonly externalId: string | null
  readonly retryAfterMs: number | null
}

/** The contract's `answers` come first, then the standard table. `nowMs` serves Retry-After dates without a Date header. */
export function readAnswer(contract: Contract, entry: Entry, answer: Answer, nowMs: number | null = null): ReadAnswer {
  const body = answer.truncated ? undefined : parseExactly(answer.body)
  const scope = scopeOf(contract, entry)
  const rule = contract.answers.find((candidate) => noticed(candidate, applies(candidate, answer.status, body, scope)))
  const read = rule === undefined ? byStatus(answer) : byMeaning(rule.means, answer)
  return {
    ...read,
    means: rule?.means ?? null,
    externalId: read.class === 'success' ? externalIdIn(contract.externalId, answer, body) : null,
    retryAfterMs: retryAfterMs(answer.headers, nowMs),
  }
}

function applies(rule: AnswerRule, status: number, body: unknown, scope: Scope): boolean {
  if (rule.statuses.length > 0 && !rule.statuses.includes(status)) return false
  return rule.match.length === 0 || (body !== undefined && matches(rule.match, body, scope))
}

type Reading = Pick<ReadAnswer, 'class' | 'cause'>

const CLASS_OF: Readonly<Record<AnswerMeaning, OutcomeClass>> = {
  accepted: 'success',
  // Somebody's effect is there, or still on its way: only the read-back can tell whose.
  exists: 'side_effect_unknown',
  in_progress: 'side_effect_unknown',
  not_executed: 'retryable_failure',
  refused: 'validation_failure',
  permission: 'permission_denied',
  other_payload: 'validation_failure',
  unknown: 'side_effect_unknown',
}

function byMeaning(means: AnswerMeaning, answer: Answer): Reading {
  const outcome = CLASS_OF[means]
  if (outcome === 'success' && answer.truncated) return { class: 'side_effect_unknown', cause: 'truncated' }
  return { class: outcome, cause: means === 'other_payload' ? 'mismatch' : `answer_${means}` }
}

const REFUSED = new Set([400, 402, 404, 405, 406, 410, 411, 413, 414, 415, 416, 417, 422, 426, 428, 431, 451])
const DENIED = new Set([401, 403, 407])
/** Not executed by definition: too many requests, and "too early, so not processed". */
const NOT_EXECUTED = new Set([425, 429])

/**
 * Every status has a class. 207 may hide a failure, 409 and 412 may be our own first call, a redirect is not followed, and a proxy can
 * answer 5xx after the provider acted: all of these prove nothing, and neither does a status that nobody has defined.
 */
export function byStatus({ status, truncated }: Answer): Reading {
  if (truncated) return { class: 'side_effect_unknown', cause: 'truncated' }
  return { class: classOf(status), cause: `http_${status}` }
}

function classOf(status: number): OutcomeClass {
  if (status === 207) return 'side_effect_unknown'
  if (is2xx(status)) return 'success'
  if (REFUSED.has(status)) return 'validation_failure'
  if (DENIED.has(status)) return 'permission_denied'
  return NOT_EXECUTED.has(status) ? 'retryable_failure' : 'side_effect_unknown'
}

/** A text or a number; null when the answer has none. */
function externalIdIn(rule: ExternalIdRule | null, answer: Answer, body: unknown): string | null {
  if (rule === null) return null
  return 'header' in rule ? (answer.headers[rule.header] ?? null) : idText(valueAt(body, rule.pointer))
}

/** A zero cannot be stored in a text: an id with one names nothing that can be asked for again. */
export function idText(value: unknown): string | null {
  const text = typeof value === 'string' ? value : numberText(value)
  return text === null || text === '' || text.includes('\0') ? null : text
}
