import { randomUUID } from 'node:crypto'
import { setTimeout as rest } from 'node:timers/promises'
import {
  type Contract,
  type Entry,
  explainAnswer,
  explainLook,
  type LookAnswer,
  type RuleReading,
  renderCall,
  type Subject,
} from '@readback/contract'
import { callProvider, type Exchange, lookAtProvider } from '@readback/effects'
import { NAMED_SECRETS, type ProviderLine } from './provider-line.ts'
import { type ShownAnswer, type ShownRequest, shownAnswer, shownRequest } from './shown-request.ts'

export type CallTrial = {
  step: 'call'
  request: ShownRequest | null
  answer: ShownAnswer | null
  rules: readonly RuleReading[]
  outcome: string
  means: string | null
  cause: string
  external_id: string | null
  error: string | null
}

export type LookTrial = {
  step: 'look'
  by: 'key' | 'id'
  requests: readonly { request: ShownRequest; answer: ShownAnswer; rules: readonly RuleReading[] }[]
  verdict: string
  cause: string
  external_id: string | null
  what: string
}

/** The intent that is tried; it is in no database. */
export function entryFor(contract: Contract, tenant: string, key: string, payload: string): Entry {
  return { entryId: randomUUID(), tenant, effect: contract.effect, key, payload, createdAt: new Date().toISOString() }
}

export const subjectOf = (entry: Entry, externalId: string | null = null): Subject => ({
  ...entry,
  externalId,
  calls: 1,
  answeredCalls: externalId === null ? 0 : 1,
  seenPresentBefore: false,
})

const NEVER = new AbortController().signal

/** The call as the worker makes it, and how its answer was read. */
export async function tryCall(line: ProviderLine, contract: Contract, entry: Entry): Promise<CallTrial> {
  line.taken()
  const result = await callProvider(line.deps, contract, entry, NEVER)
  const exchange = line.taken().at(-1)?.exchange
  const explained = exchange?.answer ? explainAnswer(contract, entry, exchange.answer, Date.now()) : null
  return {
    step: 'call',
    request: plannedCall(contract, entry),
    answer: exchange === undefined ? null : shownAnswer(answerOf(exchange), line.hide),
    rules: explained?.rules ?? [],
    outcome: result.outcome,
    means: result.means,
    cause: result.cause,
    external_id: result.externalId,
    error: result.evidence.error,
  }
}

/** The request that a call would send; null when it does not fit the contract. */
export function plannedCall(contract: Contract, entry: Entry): ShownRequest | null {
  const rendered = renderCall(contract, entry, NAMED_SECRETS)
  return rendered.ok ? shownRequest(rendered.plan) : null
}

/** The look as the verifier makes it, and how each answer was read. */
export async function tryLook(line: ProviderLine, contract: Contract, subject: Subject): Promise<LookTrial> {
  line.taken()
  const result = await lookAtProvider(line.deps, contract, subject, NEVER)
  const answers = line.taken().map(({ exchange }) => answerOf(exchange))
  const { requests } = explainLook(contract, subject, answers, NAMED_SECRETS)
  return {
    step: 'look',
    by: result.evidence.by,
    requests: requests.map(({ plan, answer, rules }) => ({
      request: shownRequest(plan),
      answer: shownAnswer(answer, line.hide),
      rules,
    })),
    verdict: result.verdict,
    cause: result.cause,
    external_id: result.externalId,
    what: result.evidence.what,
  }
}

const answerOf = ({ answer, error }: Exchange): LookAnswer => answer ?? { failed: error?.code ?? 'no_answer' }

const MAY_CHANGE = new Set(['absent', 'inconclusive', 'pending'])

/** Looks until something is to be seen, or the contract's settle time is over; the last look is the answer. */
export async function tryUntilSettled(line: ProviderLine, contract: Contract, subject: Subject): Promise<LookTrial> {
  const { firstMs, everyMs, forMs } = settleOf(contract)
  const endsAt = performance.now() + forMs
  await rest(firstMs)
  let trial = await tryLook(line, contract, subject)
  while (MAY_CHANGE.has(trial.verdict) && performance.now() + everyMs < endsAt) {
    await rest(Math.max(everyMs, LEAST_REST_MS))
    trial = await tryLook(line, contract, subject)
  }
  return trial
}

const LEAST_REST_MS = 50

export function settleOf({ verify }: Contract): { firstMs: number; everyMs: number; forMs: number } {
  return verify.kind === 'looks' ? verify.settle : { firstMs: 0, everyMs: 0, forMs: 0 }
}
