import type { Verdict } from '@readback/lifecycle'
import { type Answer, hasStatus } from './answer.ts'
import type { Contract } from './contract.ts'
import type { Entry, SecretSource } from './entry.ts'
import { RenderFailure, type Scope } from './evaluate.ts'
import { parseExactly } from './json-exact.ts'
import { type Page, readPage } from './look-page.ts'
import type { Canary, Look, LookRules } from './look-rules.ts'
import { judge } from './look-verdict.ts'
import { matches } from './match.ts'
import { noticed } from './notice.ts'
import { isUnprepared } from './prepare.ts'
import { type RequestPlan, type RequestTemplate, renderRequest, withQuery } from './request-template.ts'
import { scopeOf } from './scope.ts'

/** The entry that is looked for, and what is known about its calls. */
export type Subject = Entry & {
  readonly externalId: string | null
  /** Calls made, and those of them that were answered. */
  readonly calls: number
  readonly answeredCalls: number
  readonly seenPresentBefore: boolean
}

/** An answer, or why there is none. */
export type LookAnswer = Answer | { readonly failed: string }

/**
 * A look is a small machine: it asks for a request, takes the answer, and asks again (next page, canary) until it has seen enough.
 *
 *   start ──▶ page ──more──▶ page ──▶ ... ──absent, canary configured──▶ canary ──▶ seen
 *              └──present, mismatch, duplicate, pending, failed, inconclusive──────▶ seen
 */
export type LookStep =
  | { readonly kind: 'request'; readonly plan: RequestPlan; readonly next: (answer: LookAnswer) => LookStep }
  | ({ readonly kind: 'seen' } & Sighting)

export type Sighting = {
  readonly verdict: Verdict
  readonly externalId: string | null
  /** Stable code. */
  readonly cause: string
  readonly by: 'key' | 'id'
  readonly pages: number
  readonly status: number | null
  /** For people; holds places and counts, never values. */
  readonly what: string
}

type LookState = {
  readonly contract: Contract
  readonly rules: LookRules
  readonly look: Look
  readonly subject: Subject
  readonly scope: Scope
  readonly by: 'key' | 'id'
  readonly pages: number
  readonly found: readonly unknown[]
  readonly cursors: ReadonlySet<string>
  readonly lastBody: string | null
}

/** The contract must have looks (`verify.kind` is `looks`). */
export function startLook(contract: Contract, subject: Subject, secret: SecretSource): LookStep {
  if (contract.verify.kind === 'none') throw new Error('a contract without looks cannot be read back')
  const rules = contract.verify
  const [by, look] = chosen(rules, subject)
  const scope = { entry: subject, key: subject.key, externalId: subject.externalId, secret }
  const state: LookState = {
    contract,
    rules,
    look,
    subject,
    scope,
    by,
    pages: 0,
    found: [],
    cursors: new Set(),
    lastBody: null,
  }
  return guarded(state, () => {
    const shaped = { ...state, scope: scopeOf(contract, subject, subject.externalId, secret) }
    return ask(shaped, look.read, '', (answer) => takePage(shaped, answer))
  })
}

/** A value that is missing or does not fit ends the look without a verdict on the effect. */
function guarded(state: LookState, step: () => LookStep): LookStep {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof RenderFailure)) throw error
    if (error.code === 'value_missing' && isUnprepared(state.contract, state.subject))
      return seen(state, null, NEVER_BEGUN)
    return inconclusive(state, null, error.code, error.message)
  }
}

/** A look that needs what was prepared, and nothing was: then the call has not begun. */
const NEVER_BEGUN = {
  verdict: 'absent',
  cause: 'not_prepared',
  what: 'nothing was prepared, so the call was never begun',
} as const

/** After a lost answer or a second call only the look by key sees a double. */
function chosen(rules: LookRules, { calls, answeredCalls, externalId }: Subject): ['key' | 'id', Look] {
  const once = calls === 1 && answeredCalls === 1 && externalId !== null
  return once && rules.byId !== null ? ['id', rules.byId] : ['key', rules.byKey]
}

function ask(state: LookState, read: RequestTemplate, query: string, next: (answer: LookAnswer) => LookStep): LookStep {
  return guarded(state, () => {
    const plan = renderRequest(read, state.scope)
    return { kind: 'request', plan: { ...plan, url: withQuery(plan.url, query) }, next }
  })
}

function takePage(state: LookState, answer: LookAnswer): LookStep {
  if ('failed' in answer) return inconclusive(state, null, answer.failed, 'no answer')
  const page = readPage(state.look, answer, state.scope)
  const counted = { ...state, pages: state.pages + 1 }
  switch (page.kind) {
    case 'unreadable':
      return inconclusive(counted, answer, page.cause, page.what)
    case 'absent':
      return state.pages === 0
        ? absent(counted, answer, page.what)
        : inconclusive(counted, answer, 'page_missing', 'a later page is not there')
    case 'item':
      return conclude({ ...counted, found: [page.item] }, answer)
    case 'items':
      return takeItems({ ...counted, found: [...state.found, ...page.items] }, answer, page)
  }
}

function takeItems(state: LookState, answer: Answer, page: Extract<Page, { kind: 'items' }>): LookStep {
  if (state.found.length > 1 || page.next === null) return conclude(state, answer)
  const repeated = state.cursors.has(page.next) || state.lastBody === answer.body
  if (repeated) return inconclusive(state, answer, 'page_repeated', 'a page came twice')
  if (state.pages >= page.maxPages) return inconclusive(state, answer, 'out_of_pages', 'there are more pages')
  const onward = { ...state, cursors: new Set([...state.cursors, page.next]), lastBody: answer.body }
  return ask(onward, state.look.read, page.next, (next) => takePage(onward, next))
}

function conclude(state: LookState, answer: Answer): LookStep {
  const { found, look } = state
  if (found.length === 1) return seen(state, answer, judge(state.contract, look, found[0], state.scope))
  if (found.length > 1) {
    const what = `${found.length} under one key`
    return seen(state, answer, { verdict: 'duplicate', cause: 'duplicate_at_provider', what })
  }
  const what = `nothing under the ${state.by}`
  const proves = look.absent.some((rule) => rule.kind === 'no_items' && noticed(rule, true))
  return proves ? absent(state, answer, what) : inconclusive(state, answer, 'absence_unproven', what)
}

/** Absent is the dangerous word: it leads to another call. The canary shows that we looked at the right place. */
function absent(state: LookState, answer: Answer, what: string): LookStep {
  const verdict = state.subject.seenPresentBefore ? ('removed' as const) : ('absent' as const)
  const believed = { verdict, cause: verdict, what }
  const { canary } = state.rules
  if (canary === null) return seen(state, answer, believed)
  return ask(state, canary.read, '', (reply) =>
    noticed(canary, sings(canary, reply, state.scope))
      ? seen(state, answer, believed)
      : inconclusive(state, answer, 'canary_failed', `${what}, but the canary did not answer as it should`),
  )
}

function sings(canary: Canary, reply: LookAnswer, scope: Scope): boolean {
  if ('failed' in reply || reply.truncated) return false
  if (!hasStatus(canary.statuses, reply.status)) return false
  return canary.match.length === 0 || matches(canary.match, parseExactly(reply.body), scope)
}

function inconclusive(state: LookState, answer: Answer | null, cause: string, what: string): LookStep {
  return seen(state, answer, { verdict: 'inconclusive', cause, what })
}

type Finding = Pick<Sighting, 'verdict' | 'cause' | 'what'> & { readonly externalId?: string | null }

function seen({ by, pages }: LookState, answer: Answer | null, finding: Finding): LookStep {
  return { kind: 'seen', externalId: null, ...finding, by, pages, status: answer?.status ?? null }
}
