import { performance } from 'node:perf_hooks'
import { type Contract, type LookAnswer, type Sighting, type Subject, startLook } from '@readback/contract'
import type { Verdict } from '@readback/lifecycle'
import type { CallDeps } from './call-provider.ts'
import type { Exchange } from './exchange.ts'

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
  let step = startLook(contract, subject, deps.secret)
  while (step.kind === 'request') {
    const exchange = await deps.caller.send(step.plan, signal)
    step = step.next(asAnswer(exchange))
  }
  return result(step, performance.now() - startedAt)
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
