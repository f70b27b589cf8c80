import { createHash } from 'node:crypto'
import type { Verdict } from '@readback/lifecycle'
import type { Contract } from '../contract.ts'
import { RenderFailure, type Scope } from '../send/evaluate.ts'
import { renderRequest } from '../send/request-template.ts'
import type { OpenAnswer } from './decode.ts'
import { externalIdOf } from './external-id.ts'
import { keptText } from './kept.ts'
import type { Look, LookRules, StateRule } from './look-rules.ts'
import { comparison, headerMatches, matches } from './match.ts'

export type Judgement = {
  readonly verdict: Verdict
  readonly cause: string
  readonly externalId: string | null
  readonly what: string
  /** JSON text of the values that the contract keeps, of what is present. */
  readonly kept: string | null
}

/** What things are judged by. `answer` is the one that held the last of them. */
export type Bench = {
  readonly contract: Contract
  readonly rules: LookRules
  readonly look: Look
  readonly answer: OpenAnswer
  readonly scope: Scope
}

/** The verdict on all that was found under one key, of which there is at least one and no more than expected. */
export function judge(bench: Bench, items: readonly unknown[]): Judgement {
  const { expect } = bench.look.present
  const each = items.map((item) => judgeOne(bench, item))
  const [first] = each
  if (expect === 1 && first !== undefined) return first
  const worst = GRAVEST.flatMap((verdict) => each.filter((one) => one.verdict === verdict))[0]
  const several = { externalId: null, kept: null }
  if (worst !== undefined) return { ...worst, ...several }
  const what = `${items.length} of ${expect} effects found`
  return items.length < expect
    ? { verdict: 'pending', cause: 'partial', what, ...several }
    : { verdict: 'present', cause: 'present', what, ...several }
}

const GRAVEST: readonly Verdict[] = ['removed', 'failed', 'mismatch', 'pending']

/** Its state comes before its content: a voided invoice is not a mismatch. */
function judgeOne(bench: Bench, item: unknown): Judgement {
  const { contract, rules, look } = bench
  const state = look.states.find((rule) => rule.statuses === null && isIn(rule, bench, item))
  if (state !== undefined) return judgeState(contract, state, item)
  const externalId = externalIdOf(contract.externalId, item)
  const difference = differenceIn(bench, item)
  if (difference !== null) {
    const what = `found, but ${difference || 'it'} differs`
    return { verdict: 'mismatch', cause: 'mismatch', externalId, what, kept: null }
  }
  const kept = keptText(rules.keep, item)
  return { verdict: 'present', cause: 'present', externalId, what: 'found, and it matches', kept }
}

const STATE_TEXTS = {
  removed: 'a tombstone',
  failed: 'there, and refused or void',
  pending: 'there, not finished',
} as const

export function judgeState(contract: Contract, { verdict }: StateRule, item: unknown): Judgement {
  const cause = verdict === 'failed' ? 'failed_at_provider' : verdict
  return { verdict, cause, externalId: externalIdOf(contract.externalId, item), what: STATE_TEXTS[verdict], kept: null }
}

function isIn({ header, match }: StateRule, { answer, scope }: Bench, item: unknown): boolean {
  return headerMatches(header, answer, scope) && matches(match, item, scope)
}

/** Where it differs from what was sent; an empty text is the whole of it. */
function differenceIn({ contract, look, answer, scope }: Bench, item: unknown): string | null {
  const { header } = look.present
  const inHeader = header.length === 0 ? null : comparison(header, scope)(answer.headers)
  if (inHeader !== null) return `header ${inHeader.slice(1)}`
  if (look.present.sameBytes && sentDigest(contract, scope) !== digest(answer.bytes ?? answer.body)) return 'the body'
  return comparison(look.present.match, scope)(item)
}

/** The call is rendered again: every attempt sends the same bytes. */
function sentDigest(contract: Contract, scope: Scope): string {
  const { call } = contract
  if (call.kind !== 'http') throw new RenderFailure('value_does_not_fit', 'what is sent is made when it is sent')
  return digest(renderRequest({ ...call, auth: null }, scope).body ?? '')
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
