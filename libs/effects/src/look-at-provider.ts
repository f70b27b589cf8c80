import { performance } from 'node:perf_hooks'
import {
  type Contract,
  followRedirect,
  is2xx,
  type LookAnswer,
  type RequestPlan,
  type Sighting,
  type Subject,
} from '@readback/contract'
import type { Verdict } from '@readback/lifecycle'
import type { CallDeps } from './call-provider.ts'
import type { Exchange } from './exchange.ts'
import { beginLook } from './look-by-code.ts'

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
  }
}

/** Reads the effect back: as many requests as the contract's look needs, one after another. Safe to repeat. Never rejects. */
export async function lookAtProvider(
  deps: CallDeps,
  contract: Contract,
  subject: Subject,
  signal: AbortSignal,
): Promise<LookResult> {
  const startedAt = performance.now()
  let step = await beginLook(deps, contract, subject, signal)
  while (step.kind === 'request') {
    const exchange = await follow(deps, step.plan, signal)
    step = step.next(asAnswer(exchange))
  }
  return result(step, performance.now() - startedAt)
}

const MAX_REDIRECTS = 5

/**
 * Sends a look's request, and goes where its answer says as far as the plan allows; all within the time of the one request. Only an
 * answer of success is believed at the end of the way: that something is missing at another place says nothing of this one.
 */
async function follow({ caller }: CallDeps, first: RequestPlan, signal: AbortSignal): Promise<Exchange> {
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

function asAnswer({ answer, error }: Exchange): LookAnswer {
  return answer ?? { failed: error?.code ?? 'no_answer' }
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
