import {
  type Answer,
  type Contract,
  type Entry,
  type ReadAnswer,
  readAnswer,
  renderCall,
  renderMail,
  type SecretSource,
  validatePayload,
} from '@readback/contract'
import type { AnswerMeaning, OutcomeClass, TransportPhase } from '@readback/lifecycle'
import { callByCode } from './call-by-code.ts'
import { classify } from './classify.ts'
import { classifyMail } from './classify-mail.ts'
import { credentialsIn } from './credentials-in.ts'
import { excerptOf } from './excerpt.ts'
import type { Exchange } from './exchange.ts'
import type { HttpCaller } from './http-caller.ts'
import { notCalled, notRendered } from './not-called.ts'
import { trackSecrets } from './track-secrets.ts'

export type CallDeps = { readonly caller: Pick<HttpCaller, 'send' | 'sendMail'>; readonly secret: SecretSource }

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
  switch (contract.call.kind) {
    case 'http':
      return await byRequest(deps, contract, entry, signal)
    case 'smtp':
      return await byMail(deps, contract, entry, signal)
    case 'code':
      return await callByCode(deps, contract, entry, signal)
  }
}

async function byRequest(deps: CallDeps, contract: Contract, entry: Entry, signal: AbortSignal): Promise<CallResult> {
  const { secret, used } = trackSecrets(deps.secret)
  const rendered = renderCall(contract, entry, secret)
  if (!rendered.ok) return notRendered(rendered)
  const { plan } = rendered
  const meaning = (answer: Answer): ReadAnswer => readAnswer(contract, entry, answer, Date.now())
  const exchange = await deps.caller.send(plan, signal, (answer) => meaning(answer).class === 'permission_denied')
  const read = classify(exchange, meaning)
  if (read.class === 'success') return result(exchange, read, null)
  const hidden = new Set([...used, ...credentialsIn(plan, exchange)])
  return result(exchange, read, excerptOf(exchange.answer?.body ?? '', contract, entry, hidden))
}

async function byMail(deps: CallDeps, contract: Contract, entry: Entry, signal: AbortSignal): Promise<CallResult> {
  const { secret, used } = trackSecrets(deps.secret)
  const rendered = renderMail(contract, entry, secret)
  if (!rendered.ok) return notRendered(rendered)
  const exchange = await deps.caller.sendMail(rendered.plan, signal)
  const text = exchange.reply?.text ?? ''
  const read = classifyMail(exchange)
  const seen = { ...exchange, statusCode: exchange.reply?.code ?? null, bytesReceived: Buffer.byteLength(text) }
  return result(seen, read, read.class === 'success' ? null : excerptOf(text, contract, entry, used))
}

type Seen = Pick<Exchange, 'phase' | 'statusCode' | 'durationMs' | 'bytesReceived' | 'error'>

function result(exchange: Seen, { class: outcome, ...read }: ReadAnswer, excerpt: string | null): CallResult {
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
