import { type Contract, type Entry, type PrepareFailure, startPrepare, validatePayload } from '@readback/contract'
import type { CallDeps, CallResult } from './call-result.ts'
import { credentialsIn } from './credentials-in.ts'
import { fullEvidence, NOTHING_SEEN, type RequestEvidence } from './evidence.ts'
import { answerOf, type Exchange } from './exchange.ts'
import { redactor } from './redact.ts'
import { trackSecrets } from './track-secrets.ts'

/** What was kept, as a JSON object; or how an attempt ended whose call was never begun. */
export type PrepareResult =
  | { readonly ok: true; readonly values: string }
  | { readonly ok: false; readonly result: CallResult }

/** Makes the requests that a call needs before it, one after another. They are safe to repeat. Never rejects. */
export async function prepareCall(
  deps: CallDeps,
  contract: Contract,
  entry: Entry,
  signal: AbortSignal,
): Promise<PrepareResult> {
  const misfit = validatePayload(contract, entry.payload)
  if (misfit !== null) return { ok: false, result: notBegun(unfit(misfit), fullEvidence(NOTHING_SEEN, String)) }
  const { secret, used: hidden } = trackSecrets(deps.secret)
  let step = startPrepare(contract, entry, secret)
  let last: Exchange | null = null
  while (step.kind === 'request') {
    const { plan } = step
    last = await deps.caller.send({ ...plan, notAfterMs: deps.notAfterMs }, signal)
    for (const credential of credentialsIn(plan, last)) hidden.add(credential)
    step = step.next(answerOf(last), deps.now())
  }
  if (step.kind === 'prepared') return { ok: true, values: step.values }
  return { ok: false, result: notBegun(step, fullEvidence(last ?? NOTHING_SEEN, redactor(contract, entry, hidden))) }
}

const unfit = (message: string): PrepareFailure => ({
  outcome: 'validation_failure',
  cause: 'payload_does_not_fit',
  message,
  retryAfterMs: null,
})

/** `blocked`: not a byte of the call has left. */
function notBegun(failure: PrepareFailure, last: RequestEvidence): CallResult {
  const { outcome, cause, message, retryAfterMs } = failure
  return {
    outcome,
    means: null,
    cause,
    externalId: null,
    retryAfterMs,
    answered: false,
    evidence: { ...last, phase: 'blocked', error: message.slice(0, 200) },
  }
}
