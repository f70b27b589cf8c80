import {
  type Contract,
  type Entry,
  type ReadAnswer,
  readAnswer,
  renderCall,
  type SecretSource,
  validatePayload,
} from '@readback/contract'
import type { AnswerMeaning, OutcomeClass, TransportPhase } from '@readback/lifecycle'
import { classify } from './classify.ts'
import { excerptOf } from './excerpt.ts'
import type { Exchange } from './exchange.ts'
import type { HttpCaller } from './http-caller.ts'
import { trackSecrets } from './track-secrets.ts'

export type CallDeps = { readonly caller: Pick<HttpCaller, 'send'>; readonly secret: SecretSource }

export type CallResult = {
  readonly outcome: OutcomeClass
  readonly means: AnswerMeaning | null
  readonly cause: string
  readonly externalId: string | null
  readonly retryAfterMs: number | null
  /** A complete answer came. */
  readonly answered: boolean
  readonly evidence: CallEvidence
}

/** What may be stored and shown: no secret, and nothing that the contract redacts. */
export type CallEvidence = {
  readonly phase: TransportPhase
  readonly status: number | null
  readonly duration_ms: number
  readonly bytes: number
  readonly error: string | null
  /** The beginning of an answer that was not a success. */
  readonly excerpt: string | null
}

/** Makes the one call of an attempt. What does not fit the contract ends before the first byte. Never rejects. */
export async function callProvider(
  deps: CallDeps,
  contract: Contract,
  entry: Entry,
  signal: AbortSignal,
): Promise<CallResult> {
  const misfit = validatePayload(contract, entry.payload)
  if (misfit !== null) return notCalled('validation_failure', 'payload_does_not_fit', misfit)
  const { secret, used } = trackSecrets(deps.secret)
  const rendered = renderCall(contract, entry, secret)
  if (!rendered.ok) {
    const outcome = rendered.code === 'secret_missing' ? 'retryable_failure' : 'validation_failure'
    return notCalled(outcome, rendered.code, rendered.message)
  }
  const exchange = await deps.caller.send(rendered.plan, signal)
  const read = classify(exchange, (answer) => readAnswer(contract, entry, answer, Date.now()))
  return result(exchange, read, read.class === 'success' ? null : excerptOf(exchange.answer, contract, entry, used))
}

function result(exchange: Exchange, { class: outcome, ...read }: ReadAnswer, excerpt: string | null): CallResult {
  return {
    outcome,
    ...read,
    answered: exchange.phase === 'complete',
    evidence: {
      phase: exchange.phase,
      status: exchange.statusCode,
      duration_ms: Math.round(exchange.durationMs),
      bytes: exchange.bytesReceived,
      error: exchange.error === null ? null : `${exchange.error.code}: ${exchange.error.message}`.slice(0, 200),
      excerpt,
    },
  }
}

function notCalled(outcome: OutcomeClass, cause: string, error: string): CallResult {
  const evidence = { phase: 'blocked', status: null, duration_ms: 0, bytes: 0, error, excerpt: null } as const
  return { outcome, means: null, cause, externalId: null, retryAfterMs: null, answered: false, evidence }
}
