import { ANSWER_MEANINGS, type AnswerMeaning, type OutcomeClass } from '@readback/lifecycle'
import type { AnswerRule, Contract, ContractCode } from '../contract.ts'
import type { Entry } from '../entry.ts'
import type { Scope } from '../send/evaluate.ts'
import { scopeOf } from '../send/scope.ts'
import { type Answer, is2xx } from './answer.ts'
import { type OpenAnswer, openAnswer } from './decode.ts'
import { externalIdIn } from './external-id.ts'
import { headerMatches, matches } from './match.ts'
import { noticed } from './notice.ts'
import { retryAfterAt, retryAfterMs } from './retry-after.ts'
import { Undecided } from './undecided.ts'

/** What an answer to a call proves. */
export type ReadAnswer = {
  readonly class: OutcomeClass
  /** What the contract's `answers` said, or null when the standard table decided. */
  readonly means: AnswerMeaning | null
  /** Stable code: `http_404`, `answer_exists`, `mismatch`, `partial`, `truncated`. */
  readonly cause: string
  readonly externalId: string | null
  readonly retryAfterMs: number | null
}

/** The contract's `answers` come first, then the standard table. `nowMs` serves Retry-After dates without a Date header. */
export function readAnswer(contract: Contract, entry: Entry, answer: Answer, nowMs: number | null = null): ReadAnswer {
  const opened = openAnswer(answer)
  // Of a success nobody asks when to come again.
  const standard = () => retryAfterMs(answer.headers, nowMs)
  try {
    const rule = contract.answers.length === 0 ? undefined : firstRule(contract, opened, scopeOf(contract, entry))
    const means = rule?.means ?? (contract.code === null ? null : meansByCode(contract.code, answer))
    const read = means === null ? byStatus(answer) : byMeaning(means, answer)
    const succeeded = read.class === 'success'
    return {
      class: read.class,
      cause: read.cause,
      means,
      externalId: succeeded ? externalIdIn(contract.externalId, opened, contract.decode) : null,
      retryAfterMs: succeeded ? null : longer(standard(), askedBy(rule, opened)),
    }
  } catch (error) {
    if (!(error instanceof Undecided)) throw error
    return { class: 'side_effect_unknown', means: null, cause: error.code, externalId: null, retryAfterMs: standard() }
  }
}

/** Code that cannot say it leaves nobody any wiser. */
function meansByCode({ custom }: ContractCode, { status, headers, body, truncated }: Answer): AnswerMeaning | null {
  if (custom?.classify === undefined) return null
  const answer = { status, headers: { ...headers }, body, truncated }
  let means: unknown
  try {
    means = custom.classify(answer, byStatus({ ...answer }).class)
  } catch {
    throw new Undecided('code_threw', 'classify threw')
  }
  if (means === null || (ANSWER_MEANINGS as readonly unknown[]).includes(means)) return means as AnswerMeaning | null
  throw new Undecided('code_result_invalid', 'classify gave no meaning')
}

function firstRule(contract: Contract, answer: OpenAnswer, scope: Scope): AnswerRule | undefined {
  return contract.answers.find((rule) => noticed(rule, hasItsStatus(rule, answer) && meets(rule, answer, scope)))
}

function hasItsStatus({ statuses }: AnswerRule, { status }: OpenAnswer): boolean {
  return statuses.length === 0 || statuses.includes(status)
}

/** Header and body are as the rule says; a body that is not to be read is as nobody says. */
export function meets(
  { header, match, decode }: Pick<AnswerRule, 'header' | 'match' | 'decode'>,
  answer: OpenAnswer,
  scope: Scope,
): boolean {
  if (!headerMatches(header, answer, scope)) return false
  if (match.length === 0) return true
  const body = answer.as(decode)
  return body !== undefined && matches(match, body, scope)
}

const askedBy = (rule: AnswerRule | undefined, answer: OpenAnswer): number | null =>
  rule?.retryAfter ? retryAfterAt(rule.retryAfter, answer, rule.decode) : null

/** A provider that names two times means the later one. */
function longer(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.max(left, right)
}

type Reading = Pick<ReadAnswer, 'class' | 'cause'>

const CLASS_OF: Readonly<Record<AnswerMeaning, OutcomeClass>> = {
  accepted: 'success',
  // Somebody's effect is there, or still on its way: only the read-back can tell whose.
  exists: 'side_effect_unknown',
  in_progress: 'side_effect_unknown',
  // Some of the effects are there: neither success nor failure, and nothing that another call would mend.
  partial: 'side_effect_unknown',
  not_executed: 'retryable_failure',
  refused: 'validation_failure',
  permission: 'permission_denied',
  other_payload: 'validation_failure',
  unknown: 'side_effect_unknown',
}

const CAUSE_OF: Partial<Readonly<Record<AnswerMeaning, string>>> = { other_payload: 'mismatch', partial: 'partial' }

function byMeaning(means: AnswerMeaning, answer: Answer): Reading {
  const outcome = CLASS_OF[means]
  if (outcome === 'success' && answer.truncated) return { class: 'side_effect_unknown', cause: 'truncated' }
  return { class: outcome, cause: CAUSE_OF[means] ?? `answer_${means}` }
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
