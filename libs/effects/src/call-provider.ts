import {
  type Answer,
  type Contract,
  type Entry,
  type ReadAnswer,
  readAnswer,
  renderCall,
  renderMail,
  validatePayload,
} from '@readback/contract'
import { callByCode } from './call-by-code.ts'
import type { CallDeps, CallResult } from './call-result.ts'
import { classify } from './classify.ts'
import { classifyMail } from './classify-mail.ts'
import { credentialsIn } from './credentials-in.ts'
import { fullEvidence, type Seen, successEvidence } from './evidence.ts'
import { notCalled, notRendered } from './not-called.ts'
import { isTelling, redactor } from './redact.ts'
import { trackSecrets } from './track-secrets.ts'

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
  const plan = { notAfterMs: deps.notAfterMs, ...rendered.plan }
  const meaning = (answer: Answer): ReadAnswer => readAnswer(contract, entry, answer, deps.now())
  const exchange = await deps.caller.send(plan, signal, (answer) => meaning(answer).class === 'permission_denied')
  const read = classify(exchange, meaning)
  const hidden = () => [...used, ...credentialsIn(plan, exchange)]
  return result(contract, entry, read, { seen: exchange, hidden })
}

async function byMail(deps: CallDeps, contract: Contract, entry: Entry, signal: AbortSignal): Promise<CallResult> {
  const { secret, used } = trackSecrets(deps.secret)
  const rendered = renderMail(contract, entry, secret)
  if (!rendered.ok) return notRendered(rendered)
  const exchange = await deps.caller.sendMail({ ...rendered.plan, notAfterMs: deps.notAfterMs }, signal)
  const { reply } = exchange
  const answer = reply === null ? null : { headers: {}, body: reply.text }
  const seen = { ...exchange, statusCode: reply?.code ?? null, answer }
  return result(contract, entry, classifyMail(exchange), { seen, hidden: () => used })
}

type Seeing = { readonly seen: Seen; readonly hidden: () => Iterable<string> }

function result(contract: Contract, entry: Entry, read: ReadAnswer, { seen, hidden }: Seeing): CallResult {
  const { class: outcome, means, cause, externalId, retryAfterMs } = read
  const evidence =
    outcome === 'success'
      ? successEvidence(seen, (id) => isTelling(id, contract, entry, hidden()))
      : fullEvidence(seen, redactor(contract, entry, hidden()))
  return { outcome, means, cause, externalId, retryAfterMs, answered: seen.phase === 'complete', evidence }
}
