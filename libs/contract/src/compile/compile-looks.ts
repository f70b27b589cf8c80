import type { z } from 'zod'
import { parseDuration } from '../duration.ts'
import type { Decoding } from '../read/decode.ts'
import { parsePointer } from '../read/json-pointer.ts'
import type {
  AbsentRule,
  Canary,
  ItemsRule,
  Look,
  LookRules,
  NextPage,
  PresentRule,
  StateRule,
} from '../read/look-rules.ts'
import { DEFAULTS } from '../schema/defaults.ts'
import type { CodeLookSource, VerifySource } from '../schema/schema-code.ts'
import type { verify as verifySchema } from '../schema/schema-verify.ts'
import { accepting } from '../send/accept.ts'
import { templateOf } from '../send/template.ts'
import { authorizedRequest, type CallAuth } from './compile-auth.ts'
import { compileCallback } from './compile-callback.ts'
import { headerRules, matchRules } from './match-source.ts'
import { statusList } from './status-list.ts'

type LookSource = NonNullable<z.infer<typeof verifySchema>['by_key']>
/** What a look takes over from the call where it says nothing itself. */
type FromCall = { readonly timeoutMs: number; readonly decode: Decoding }

export function compileLooks(verify: VerifySource, auth: CallAuth, fromCall: FromCall): LookRules {
  if (verify.by_key === undefined) throw new Error('unchecked contract: no look by key')
  return {
    byKey:
      'read' in verify.by_key
        ? look(verify.by_key, verify, auth, fromCall)
        : lookByCode(verify.by_key, verify, fromCall),
    byId: verify.by_id === undefined ? null : look(verify.by_id, verify, auth, fromCall),
    settle: {
      firstMs: milliseconds(verify.settle?.first ?? DEFAULTS.settleFirst),
      everyMs: milliseconds(verify.settle?.every ?? DEFAULTS.settleEvery),
      forMs: milliseconds(verify.settle?.for ?? DEFAULTS.settleFor),
    },
    canary: canary(verify, auth, fromCall),
    keep: Object.entries(verify.keep ?? {}).map(([name, pointer]) => [name, parsePointer(pointer)] as const),
    callback: verify.callback === undefined ? null : compileCallback(verify.callback),
  }
}

const STATES = ['removed', 'failed', 'pending'] as const

/** A look's own rules replace those of `verify`, rule by rule. */
function look(source: LookSource, verify: VerifySource, auth: CallAuth, fromCall: FromCall): Look {
  const decode = source.decode ?? fromCall.decode
  const present = presentRule(source.present ?? verify.present)
  const request = accepting(source.read, decode, present.sameBytes)
  const absent = source.absent ?? verify.absent ?? (source.items === undefined ? [] : [{ items: 0 as const }])
  const rules = absent.map((rule) => absentRule(rule, decode))
  return {
    read: {
      ...authorizedRequest(request, source.auth ?? verify.auth, auth, fromCall.timeoutMs),
      follow: mayFollow(source, present, rules),
    },
    decode,
    items: itemsRule(source),
    present,
    states: STATES.flatMap((verdict) => stateRule(verdict, source[verdict] ?? verify[verdict])),
    absent: rules,
  }
}

/** Of its findings nothing is left to be asked for: that there are none proves an absence, if it says that they are all. */
function lookByCode(source: CodeLookSource, verify: VerifySource, { timeoutMs }: FromCall): Look {
  return {
    read: { kind: 'code', timeoutMs: parseDuration(source.timeout) ?? timeoutMs },
    decode: 'json',
    items: { at: [], missingMeansEmpty: false, where: matchRules(source.where), next: null },
    present: presentRule(source.present ?? verify.present),
    states: STATES.flatMap((verdict) => stateRule(verdict, source[verdict] ?? verify[verdict])),
    absent: [{ kind: 'no_items' }],
  }
}

type AnswerSource = Pick<NonNullable<VerifySource['removed']>, 'status' | 'header' | 'match'>

function answerRule(source: AnswerSource | undefined) {
  return {
    statuses: statusList(source?.status),
    header: headerRules(source?.header),
    match: matchRules(source?.match),
  }
}

function presentRule(source: VerifySource['present']): PresentRule {
  return { ...answerRule(source), expect: source?.expect ?? 1, sameBytes: source?.body !== undefined }
}

function stateRule(verdict: StateRule['verdict'], source: VerifySource['removed']): StateRule[] {
  return source === undefined ? [] : [{ verdict, ...answerRule(source) }]
}

/**
 * Only where the content is compared: the log-in page behind a redirect answers 200, too. And not where the contract itself reads
 * something into a redirect.
 */
function mayFollow({ read, items }: LookSource, present: PresentRule, absent: readonly AbsentRule[]): boolean {
  const compares = items !== undefined || present.match.length > 0 || present.sameBytes
  const named = [present.statuses, ...absent.map((rule) => (rule.kind === 'answer' ? rule.statuses : null))].flat()
  const redirects = named.some((status) => status !== null && status >= 300 && status <= 399)
  return compares && !redirects && /^(?:get|head)$/i.test(read.method ?? 'GET')
}

function itemsRule({ items, where, next }: LookSource): ItemsRule | null {
  if (items === undefined) return null
  const place = typeof items === 'string' ? items : items.at
  return {
    at: parsePointer(place),
    missingMeansEmpty: typeof items !== 'string',
    where: matchRules(where),
    next: next === undefined ? null : nextPage(next),
  }
}

type NextSource = NonNullable<LookSource['next']>

function nextPage(next: NextSource): NextPage {
  return {
    by: wayOnward(next),
    while: next.while === undefined ? null : parsePointer(next.while),
    until: untilRule(next.until),
    maxPages: next.max_pages ?? DEFAULTS.maxPages,
  }
}

function wayOnward({ query, url }: NextSource): NextPage['by'] {
  if (url !== undefined) return { kind: 'url', at: parsePointer(url) }
  if (query === undefined) return { kind: 'link' }
  return { kind: 'query', query: Object.entries(query).map(([name, at]) => [name, parsePointer(at)] as const) }
}

function untilRule(until: NextSource['until']): NextPage['until'] {
  if (until === undefined) return null
  const marginMs = milliseconds(until.margin ?? DEFAULTS.untilMargin)
  return { at: parsePointer(until.at), before: templateOf(until.before), marginMs }
}

function absentRule(rule: NonNullable<VerifySource['absent']>[number], decode: Decoding): AbsentRule {
  if (rule.items !== undefined) return { kind: 'no_items' }
  const missing = rule.missing === undefined ? null : parsePointer(rule.missing)
  return { kind: 'answer', ...answerRule(rule), decode: rule.decode ?? decode, missing }
}

function canary({ canary: source, auth: own }: VerifySource, auth: CallAuth, fromCall: FromCall): Canary | null {
  if (source === undefined) return null
  const decode = source.decode ?? fromCall.decode
  const read = authorizedRequest(accepting(source, decode), source.auth ?? own, auth, fromCall.timeoutMs)
  return { read, ...answerRule(source), decode }
}

function milliseconds(text: string): number {
  return parseDuration(text) ?? 0
}
