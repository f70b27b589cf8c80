import { performance } from 'node:perf_hooks'
import { type Contract, followRedirect, is2xx, type RequestPlan, type Sighting, type Subject } from '@readback/contract'
import type { Verdict } from '@readback/lifecycle'
import type { LookDeps } from './call-result.ts'
import { credentialsIn } from './credentials-in.ts'
import { fullEvidence, type RequestEvidence } from './evidence.ts'
import { answerOf, type Exchange } from './exchange.ts'
import { beginLook } from './look-by-code.ts'
import { type Redact, redactor } from './redact.ts'
import { trackSecrets } from './track-secrets.ts'

export type LookResult = {
  readonly verdict: Verdict
  readonly externalId: string | null
  readonly cause: string
  /** JSON text of the values that the contract keeps with the receipt, or null. */
  readonly kept: string | null
  readonly evidence: {
    readonly by: 'key' | 'id'
    readonly pages: number
    readonly status: number | null
    readonly duration_ms: number
    /** What was seen, for people. */
    readonly what: string
    /**
     * Its last request, unless the effect was seen. Of its answer only one that could not be read is shown: the others may hold what is
     * not this entry's.
     */
    readonly last?: RequestEvidence
  }
}

/** Reads the effect back: as many requests as the contract's look needs, one after another. Safe to repeat. Never rejects. */
export async function lookAtProvider(
  deps: LookDeps,
  contract: Contract,
  subject: Subject,
  signal: AbortSignal,
): Promise<LookResult> {
  const startedAt = performance.now()
  const { secret, used } = trackSecrets(deps.secret)
  const seen: { last: Sent | null } = { last: null }
  const send: LookDeps['caller']['send'] = async (plan, ...more) => {
    const exchange = await deps.caller.send(plan, ...more)
    seen.last = { plan, exchange }
    return exchange
  }
  const listening = { secret, caller: { send, sendMail: deps.caller.sendMail } }
  let step = await beginLook(listening, contract, subject, signal)
  while (step.kind === 'request') {
    const exchange = await follow(listening, step.plan, signal)
    step = step.next(answerOf(exchange))
  }
  const looked = result(step, performance.now() - startedAt)
  if (looked.verdict === 'present' || seen.last === null) return looked
  const { plan, exchange } = seen.last
  const redact = redactor(contract, subject, [...used, ...credentialsIn(plan, exchange)])
  return { ...looked, evidence: { ...looked.evidence, last: lastRequest(looked.verdict, exchange, redact) } }
}

type Sent = { readonly plan: RequestPlan; readonly exchange: Exchange }

function lastRequest(verdict: Verdict, exchange: Exchange, redact: Redact): RequestEvidence {
  const { answer } = exchange
  const body = verdict === 'inconclusive' ? (answer?.body ?? '') : ''
  return fullEvidence({ ...exchange, answer: answer && { headers: answer.headers, body } }, redact)
}

const MAX_REDIRECTS = 5

/**
 * Sends a look's request, and goes where its answer says as far as the plan allows; all within the time of the one request. Only an
 * answer of success is believed at the end of the way: that something is missing at another place says nothing of this one.
 */
async function follow({ caller }: LookDeps, first: RequestPlan, signal: AbortSignal): Promise<Exchange> {
  const endsAt = performance.now() + first.timeoutMs
  const start = await caller.send(first, signal)
  let exchange = start
  let plan: RequestPlan | null = first
  for (let hops = 0; hops < MAX_REDIRECTS && exchange.answer !== null; hops += 1) {
    plan = followRedirect(plan, exchange.answer)
    if (plan === null) break
    exchange = await caller.send({ ...plan, timeoutMs: Math.max(1, endsAt - performance.now()) }, signal)
  }
  return exchange.answer === null || is2xx(exchange.answer.status) ? exchange : start
}

function result(sighting: Sighting, durationMs: number): LookResult {
  const { verdict, externalId, cause, kept, by, pages, status, what } = sighting
  return {
    verdict,
    externalId,
    cause,
    kept,
    evidence: { by, pages, status, duration_ms: Math.round(durationMs), what },
  }
}
