import { randomUUID } from 'node:crypto'
import { setTimeout as rest } from 'node:timers/promises'
import {
  type Contract,
  type Entry,
  explainAnswer,
  explainLook,
  type RuleReading,
  type Subject,
} from '@readback/contract'
import { answerOf, lookAtProvider } from '@readback/effects'
import { callOnce } from './call-once.ts'
import { plannedCall } from './call-text.ts'
import { NAMED_SECRETS, type ProviderLine, type Recorded } from './provider-line.ts'
import { type ShownAnswer, type ShownRequest, shownAnswer, shownRequest } from './shown-request.ts'

export type CallTrial = {
  step: 'call'
  /** What was kept of the requests before the call, as a JSON object by name. */
  prepared: string | null
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
export async function tryCall(
  line: ProviderLine,
  contract: Contract,
  entry: Entry,
): Promise<{ trial: CallTrial; entry: Entry }> {
  line.taken()
  const { entry: ready, result } = await callOnce(line, contract, entry, NEVER)
  // What is prepared before a call has answers as well.
  const exchange = result.evidence.phase === 'blocked' ? undefined : line.taken().at(-1)?.exchange
  const explained = exchange?.answer ? explainAnswer(contract, ready, exchange.answer, line.deps.now()) : null
  const trial: CallTrial = {
    step: 'call',
    prepared: ready.prepared == null ? null : line.hide(ready.prepared),
    request: plannedCall(contract, ready),
    answer: exchange === undefined ? null : shownAnswer(answerOf(exchange), line.hide),
    rules: explained?.rules ?? [],
    outcome: result.outcome,
    means: result.means,
    cause: result.cause,
    external_id: result.externalId,
    error: result.evidence.error ?? null,
  }
  return { trial, entry: ready }
}

/** The look as the verifier makes it, and how each answer was read. */
export async function tryLook(line: ProviderLine, contract: Contract, subject: Subject): Promise<LookTrial> {
  line.taken()
  const result = await lookAtProvider(line.deps, contract, subject, NEVER)
  const answers = foldRedirects(line.taken()).map(({ exchange }) => answerOf(exchange))
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

/** A look that was sent on to another address got one answer: the one at the end of the way if that is a success, else the first. */
function foldRedirects(recorded: readonly Recorded[]): Recorded[] {
  const ways: Recorded[][] = []
  for (const each of recorded) {
    const way = ways.at(-1)
    if (way !== undefined && isRedirect(way.at(-1))) way.push(each)
    else ways.push([each])
  }
  return ways.flatMap((way) => {
    const end = way.at(-1)
    return end !== undefined && isSuccess(end) ? [end] : way.slice(0, 1)
  })
}

const isRedirect = (recorded: Recorded | undefined): boolean =>
  Math.floor((recorded?.exchange.statusCode ?? 0) / 100) === 3
const isSuccess = ({ exchange }: Recorded): boolean => Math.floor((exchange.statusCode ?? 0) / 100) === 2

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
