import { performance } from 'node:perf_hooks'
import { type CodeReading, type Contract, codeEntry, type Entry, readEnding } from '@readback/contract'
import type { CallDeps, CallResult } from './call-result.ts'
import { openCodeLine } from './code-line.ts'
import { fullEvidence, NOTHING_SEEN, type RequestEvidence, successEvidence } from './evidence.ts'
import { notCalled, notRendered } from './not-called.ts'
import { isTelling, redactor } from './redact.ts'
import { runCode, startTime } from './run-code.ts'

/** Makes the call of an attempt by the code of its contract. Never rejects. */
export async function callByCode(
  deps: CallDeps,
  contract: Contract,
  entry: Entry,
  signal: AbortSignal,
): Promise<CallResult> {
  const custom = contract.code?.custom
  if (custom?.call === undefined) return notCalled('retryable_failure', 'contract_unreadable', 'its code is not there')
  const subject = codeEntry(contract, entry)
  if (!subject.ok) return notRendered(subject)
  const startedMs = performance.now()
  const time = startTime(contract.call.timeoutMs, signal)
  const line = openCodeLine(deps, time, 'acts')
  const input = { ...subject.plan, http: line.http, secret: line.secret, signal: time.signal }
  const ending = await runCode(() => custom.call?.(input), time)
  const {
    answer,
    answered,
    class: outcome,
    ...read
  } = readEnding(contract, entry, {
    ending,
    sent: line.sent(),
    nowMs: deps.now(),
  })
  const last = line.last() ?? NOTHING_SEEN
  const seen = {
    ...last,
    phase: phaseOf(outcome, answered),
    statusCode: answer?.status ?? last.statusCode,
    durationMs: performance.now() - startedMs,
    answer: answer === null ? last.answer : { headers: last.answer?.headers ?? {}, body: answer.body },
  }
  const redact = redactor(contract, entry, line.used)
  const isHidden = (id: string) => isTelling(id, contract, entry, line.used)
  const evidence = outcome === 'success' ? successEvidence(seen, isHidden) : fullEvidence(seen, redact)
  const thrown = ending.kind === 'threw' && { error: redact(String(ending.error), 200) }
  return { outcome, ...read, answered, evidence: { ...evidence, ...thrown } }
}

/** Code has no wire of its own: either something complete came back, or something may have left, or nothing has. */
function phaseOf(outcome: CodeReading['class'], answered: boolean): RequestEvidence['phase'] {
  if (answered) return 'complete'
  return outcome === 'side_effect_unknown' ? 'request' : 'blocked'
}
