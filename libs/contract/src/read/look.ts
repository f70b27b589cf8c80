import { createHash } from 'node:crypto'
import type { Verdict } from '@readback/lifecycle'
import type { Contract } from '../contract.ts'
import type { Entry, SecretSource } from '../entry.ts'
import { RenderFailure, type Scope } from '../send/evaluate.ts'
import { isUnprepared } from '../send/prepare.ts'
import { type RequestPlan, type RequestTemplate, renderRequest, withQuery } from '../send/request-template.ts'
import { scopeOf } from '../send/scope.ts'
import { type Answer, type AnswerOrFailure, hasStatus } from './answer.ts'
import { type OpenAnswer, openAnswer } from './decode.ts'
import { externalIdOf } from './external-id.ts'
import { sameJson } from './json-exact.ts'
import { type Page, readPage } from './look-page.ts'
import type { Canary, Look, LookRules } from './look-rules.ts'
import { type Bench, judge, judgeState } from './look-verdict.ts'
import { comparison, requireValues } from './match.ts'
import type { Onward } from './next-page.ts'
import { noticed } from './notice.ts'
import { meets } from './read-answer.ts'
import { Undecided } from './undecided.ts'

/** The entry that is looked for, and what is known about its calls. */
export type Subject = Entry & {
  readonly externalId: string | null
  /** Calls made, and those of them that were answered. */
  readonly calls: number
  readonly answeredCalls: number
  readonly seenPresentBefore: boolean
}

/**
 * A look is a small machine: it asks for a request, takes the answer, and asks again (next page, canary) until it has seen enough.
 *
 *   start ──▶ page ──more──▶ page ──▶ ... ──absent, canary configured──▶ canary ──▶ seen
 *              └──present, mismatch, duplicate, pending, failed, inconclusive──────▶ seen
 */
export type LookStep =
  | { readonly kind: 'request'; readonly plan: RequestPlan; readonly next: (answer: AnswerOrFailure) => LookStep }
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
  /** JSON text of the values that `verify.keep` names, or null. */
  readonly kept: string | null
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
  /** Ways to pages, and digests of pages. */
  readonly visited: ReadonlySet<string>
}

/** The contract must have looks (`verify.kind` is `looks`). */
export function startLook(contract: Contract, subject: Subject, secret: SecretSource): LookStep {
  return starting(contract, subject, secret, (state) => askAgain(state, START))
}

/** How long the code of this look may take; null where the look is a request. */
export function lookTimeByCode({ verify }: Contract, subject: Subject): number | null {
  if (verify.kind === 'none') return null
  const [, { read }] = chosen(verify, subject)
  return 'kind' in read ? read.timeoutMs : null
}

/** What the code of a look came to, after so many requests. */
export type CodeFindings =
  | { readonly items: readonly unknown[]; readonly complete: boolean; readonly requests: number }
  | { readonly inconclusive: string; readonly what: string; readonly requests: number }

/** Goes on where code has looked: filters, compares, counts, and asks the canary before an absence is believed. */
export function takeFindings(
  contract: Contract,
  subject: Subject,
  secret: SecretSource,
  findings: CodeFindings,
): LookStep {
  return starting(contract, subject, secret, (state) => {
    const counted = { ...state, pages: findings.requests }
    if ('inconclusive' in findings) return inconclusive(counted, null, findings.inconclusive, findings.what)
    const where = state.look.items?.where ?? []
    requireValues(where, state.scope)
    const differs = comparison(where, state.scope)
    const ours = findings.items.filter((item) => differs(item) === null)
    const found = ours.reduce<unknown[]>(
      (all, item) => (shifted({ ...state, found: all }, item) ? all : [...all, item]),
      [],
    )
    if (!findings.complete && found.length <= state.look.present.expect)
      return inconclusive(counted, null, 'look_incomplete', 'there may be more than the code has read')
    return conclude({ ...counted, found }, NO_ANSWER)
  })
}

const NO_ANSWER = openAnswer({ status: 0, headers: {}, body: '', truncated: false })

function starting(
  contract: Contract,
  subject: Subject,
  secret: SecretSource,
  begin: (state: LookState) => LookStep,
): LookStep {
  if (contract.verify.kind === 'none') throw new Error('a contract without looks cannot be read back')
  const rules = contract.verify
  const [by, look] = chosen(rules, subject)
  const scope = { entry: subject, key: subject.key, externalId: subject.externalId, secret }
  const state = { contract, rules, look, subject, scope, by, pages: 0, found: [], visited: new Set<string>() }
  return guarded(state, () => {
    return begin({ ...state, scope: scopeOf(contract, subject, subject.externalId, secret) })
  })
}

/** A value that is missing or does not fit, or a rule that cannot be decided, ends the look without a verdict on the effect. */
function guarded(state: LookState, step: () => LookStep): LookStep {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof RenderFailure || error instanceof Undecided)) throw error
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

type Way = Exclude<Onward, { kind: 'end' | 'stuck' }>

const START: Way = { kind: 'query', query: '' }

/** A look by code is made by whoever has the code, and read by `takeFindings`. */
function askAgain(state: LookState, way: Way): LookStep {
  const { read } = state.look
  if ('kind' in read) return inconclusive(state, null, 'look_by_code', 'code makes this look')
  return ask(state, read, way, takePage)
}

type Take = (state: LookState, answer: AnswerOrFailure, url: string) => LookStep

function ask(state: LookState, read: RequestTemplate, way: Way, take: Take): LookStep {
  return guarded(state, () => {
    const plan = renderRequest(read, state.scope)
    const url = way.kind === 'url' ? way.url : withQuery(plan.url, way.query)
    const next = (answer: AnswerOrFailure): LookStep => guarded(state, () => take(state, answer, url))
    return { kind: 'request', plan: { ...plan, url }, next }
  })
}

function takePage(state: LookState, reply: AnswerOrFailure, url: string): LookStep {
  if ('failed' in reply) return inconclusive(state, null, reply.failed, 'no answer')
  const answer = openAnswer(reply)
  const page = readPage(state.look, answer, state.scope, { url, keeps: state.rules.keep.length > 0 })
  const counted = { ...state, pages: state.pages + 1 }
  switch (page.kind) {
    case 'unreadable':
      return inconclusive(counted, answer, page.cause, page.what)
    case 'state':
      return seen(counted, answer, judgeState(state.contract, page.state, answer.as(state.look.decode)))
    case 'absent':
      return state.pages === 0
        ? absent(counted, answer, page.what)
        : inconclusive(counted, answer, 'page_missing', 'a later page is not there')
    case 'item':
      return conclude({ ...counted, found: [page.item] }, answer)
    case 'items':
      return takeItems({ ...counted, visited: new Set([...state.visited, url]) }, answer, page)
  }
}

function takeItems(state: LookState, answer: OpenAnswer, page: Extract<Page, { kind: 'items' }>): LookStep {
  const digest = createHash('sha256')
    .update(`${answer.headers['link'] ?? ''}\n${answer.body}`)
    .digest('hex')
  // Before anything is counted: what is on a page that came twice is no double.
  if (state.visited.has(digest)) return inconclusive(state, answer, 'page_repeated', 'a page came twice')
  const grown = { ...state, found: [...state.found, ...page.items.filter((item) => !shifted(state, item))] }
  const { onward } = page
  if (grown.found.length > state.look.present.expect || onward.kind === 'end' || onward.kind === 'stuck')
    return conclude(grown, answer)
  const way = onward.kind === 'url' ? onward.url : `?${onward.query}`
  if (state.visited.has(way)) return inconclusive(state, answer, 'page_repeated', 'a page came twice')
  if (state.pages >= page.maxPages) return inconclusive(state, answer, 'out_of_pages', 'there are more pages')
  return askAgain({ ...grown, visited: new Set([...state.visited, way, digest]) }, onward)
}

/** Things made while we read push others onto the next page. One with the same id that is the same throughout is the same thing. */
function shifted({ contract, found }: LookState, item: unknown): boolean {
  const id = externalIdOf(contract.externalId, item)
  return (
    id !== null && found.some((before) => externalIdOf(contract.externalId, before) === id && sameJson(before, item))
  )
}

function conclude(state: LookState, answer: OpenAnswer): LookStep {
  const { found, look } = state
  if (found.length > look.present.expect) {
    const what = `${found.length} under one key`
    return seen(state, answer, { verdict: 'duplicate', cause: 'duplicate_at_provider', what })
  }
  if (found.length > 0) return seen(state, answer, judge(benchOf(state, answer), found))
  const what = `nothing under the ${state.by}`
  const proves = look.absent.some((rule) => rule.kind === 'no_items' && noticed(rule, true))
  return proves ? absent(state, answer, what) : inconclusive(state, answer, 'absence_unproven', what)
}

const benchOf = ({ contract, rules, look, scope }: LookState, answer: OpenAnswer): Bench => ({
  contract,
  rules,
  look,
  answer,
  scope,
})

/** Absent is the dangerous word: it leads to another call. The canary shows that we looked at the right place. */
function absent(state: LookState, answer: OpenAnswer, what: string): LookStep {
  const verdict = state.subject.seenPresentBefore ? ('removed' as const) : ('absent' as const)
  const believed = { verdict, cause: verdict, what }
  const { canary } = state.rules
  if (canary === null) return seen(state, answer, believed)
  return ask(state, canary.read, START, (_, reply) =>
    noticed(canary, sings(canary, reply, state.scope))
      ? seen(state, answer, believed)
      : inconclusive(state, answer, 'canary_failed', `${what}, but the canary did not answer as it should`),
  )
}

function sings(canary: Canary, reply: AnswerOrFailure, scope: Scope): boolean {
  if ('failed' in reply || reply.truncated) return false
  return hasStatus(canary.statuses, reply.status) && meets(canary, openAnswer(reply), scope)
}

function inconclusive(state: LookState, answer: Answer | null, cause: string, what: string): LookStep {
  return seen(state, answer, { verdict: 'inconclusive', cause, what })
}

type Finding = Pick<Sighting, 'verdict' | 'cause' | 'what'> & Partial<Pick<Sighting, 'externalId' | 'kept'>>

function seen({ by, pages }: LookState, answer: Answer | null, finding: Finding): LookStep {
  const { verdict, cause, what, externalId = null, kept = null } = finding
  return { kind: 'seen', verdict, cause, what, externalId, kept, by, pages, status: answer?.status || null }
}
