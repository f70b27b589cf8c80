import type { OutcomeClass } from '@readback/lifecycle'
import type { Contract } from '../contract.ts'
import type { Entry, SecretSource } from '../entry.ts'
import type { Answer, AnswerOrFailure } from '../read/answer.ts'
import { parseExactly } from '../read/json-exact.ts'
import type { Pointer } from '../read/json-pointer.ts'
import type { Pattern } from '../read/pattern.ts'
import { byStatus } from '../read/read-answer.ts'
import { retryAfterMs } from '../read/retry-after.ts'
import { sliceAt } from './json-slice.ts'
import { RenderFailure } from './render-failure.ts'
import { type RequestPlan, type RequestTemplate, renderRequest } from './request-template.ts'
import { scopeOf } from './scope.ts'

/** One request before the first attempt, and what of its answer goes into every attempt. */
export type PrepareStep = {
  readonly request: RequestTemplate
  readonly keep: readonly (readonly [name: string, rule: KeptRule])[]
}

export type KeptRule = { readonly at: Pointer } | { readonly header: string; readonly pattern: Pattern | null }

/** Asks for one request after the other, until all is kept or one of them failed. */
export type PrepareProgress =
  | {
      readonly kind: 'request'
      readonly plan: RequestPlan
      readonly next: (answer: AnswerOrFailure, nowMs: number) => PrepareProgress
    }
  /** A JSON object by name, to be stored before the call. */
  | { readonly kind: 'prepared'; readonly values: string }
  | ({ readonly kind: 'failed' } & PrepareFailure)

/** The effect was not called, so this is never an unknown outcome. */
export type PrepareFailure = {
  readonly outcome: Exclude<OutcomeClass, 'success' | 'side_effect_unknown'>
  readonly cause: string
  readonly message: string
  readonly retryAfterMs: number | null
}

type Kept = readonly (readonly [name: string, json: string])[]

export function startPrepare(contract: Contract, entry: Entry, secret: SecretSource): PrepareProgress {
  return stepFrom(contract, { ...entry, prepared: '{}' }, secret, { at: 0, kept: [] })
}

type Position = { readonly at: number; readonly kept: Kept }

function stepFrom(contract: Contract, entry: Entry, secret: SecretSource, { at, kept }: Position): PrepareProgress {
  const prepared = objectOf(kept)
  const step = contract.prepare[at]
  if (step === undefined) return { kind: 'prepared', values: prepared }
  return guarded(() => ({
    kind: 'request',
    plan: renderRequest(step.request, scopeOf(contract, { ...entry, prepared }, null, secret)),
    next: (answer, nowMs) => {
      const taken = take(step, answer, nowMs)
      if ('outcome' in taken) return { kind: 'failed', ...taken, message: `step ${at + 1}: ${taken.message}` }
      return stepFrom(contract, entry, secret, { at: at + 1, kept: [...kept, ...taken.kept] })
    },
  }))
}

function guarded(step: () => PrepareProgress): PrepareProgress {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof RenderFailure)) throw error
    const outcome = error.code === 'secret_missing' ? 'retryable_failure' : 'validation_failure'
    return { kind: 'failed', outcome, cause: error.code, message: error.message, retryAfterMs: null }
  }
}

/** By our own guard, or by whoever gives tokens. */
const DENIED = new Set(['egress_denied', 'token_refused'])

function take(step: PrepareStep, answer: AnswerOrFailure, nowMs: number): { kept: Kept } | PrepareFailure {
  if ('failed' in answer)
    return failure(DENIED.has(answer.failed) ? 'permission_denied' : 'retryable_failure', answer.failed, 'no answer')
  const read = byStatus(answer)
  const waitMs = retryAfterMs(answer.headers, nowMs)
  if (read.class === 'side_effect_unknown')
    return failure('retryable_failure', read.cause, `status ${answer.status}`, waitMs)
  if (read.class !== 'success') return failure(read.class, read.cause, `status ${answer.status}`, waitMs)
  const kept = step.keep.map(([name, rule]) => [name, keptIn(answer, rule)] as const)
  const missing = kept.find(([, json]) => json === null)
  if (missing !== undefined)
    return failure('retryable_failure', 'keep_missing', `no ${missing[0]} in the answer`, waitMs)
  return { kept: kept.map(([name, json]) => [name, json ?? ''] as const) }
}

/** Causes carry the prefix, so that nobody takes them for answers to the call. */
function failure(
  outcome: PrepareFailure['outcome'],
  cause: string,
  message: string,
  waitMs: number | null = null,
): PrepareFailure {
  return { outcome, cause: `prepare_${cause}`, message, retryAfterMs: waitMs }
}

// A link, a token, an id. It is stored with the row and read with every claim.
const KEPT_CHARS_MAX = 4_096

/** As JSON text, or null when the answer does not have it: a text with something in it, a number or a boolean. */
function keptIn(answer: Answer, rule: KeptRule): string | null {
  const json = 'header' in rule ? headerJson(answer, rule) : scalarAt(answer.body, rule.at)
  return json === null || json.length > KEPT_CHARS_MAX || json === '""' ? null : json
}

function headerJson(answer: Answer, { header, pattern }: Extract<KeptRule, { header: string }>): string | null {
  const value = Object.hasOwn(answer.headers, header) ? answer.headers[header] : undefined
  if (value === undefined || pattern === null) return value === undefined ? null : JSON.stringify(value)
  const found = pattern.find(value)
  return found.kind === 'match' ? JSON.stringify(found.text) : null
}

function scalarAt(body: string, pointer: Pointer): string | null {
  if (parseExactly(body) === undefined) return null
  const json = sliceAt(body, pointer)
  return json === null || json === 'null' || /^[[{]/.test(json) || json.includes('\\u0000') ? null : json
}

function objectOf(kept: Kept): string {
  return `{${kept.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`
}

/** Nothing was kept, so not a byte of the call has left: what it keeps is stored before that. */
export function isUnprepared(contract: Contract, entry: Entry): boolean {
  return contract.prepare.length > 0 && (entry.prepared ?? null) === null
}
