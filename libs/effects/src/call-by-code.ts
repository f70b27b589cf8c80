import { performance } from 'node:perf_hooks'
import { type CodeReading, type Contract, codeEntry, type Entry, readEnding } from '@readback/contract'
import type { CallDeps, CallEvidence, CallResult } from './call-provider.ts'
import { type CodeLine, openCodeLine } from './code-line.ts'
import { excerptOf } from './excerpt.ts'
import { notCalled, notRendered } from './not-called.ts'
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
    nowMs: Date.now(),
  })
  const shown = (text: string) => excerptOf(text, contract, entry, line.used)
  const evidence: CallEvidence = {
    phase: phaseOf(outcome, answered),
    status: answer?.status ?? line.last()?.statusCode ?? null,
    duration_ms: Math.round(performance.now() - startedMs),
    bytes: line.last()?.bytesReceived ?? 0,
    error: ending.kind === 'threw' ? (shown(String(ending.error))?.slice(0, 200) ?? null) : lastError(line),
    excerpt: outcome === 'success' ? null : shown(answer?.body ?? ''),
  }
  return { outcome, ...read, answered, evidence }
}

/** Code has no wire of its own: either something complete came back, or something may have left, or nothing has. */
function phaseOf(outcome: CodeReading['class'], answered: boolean): CallEvidence['phase'] {
  if (answered) return 'complete'
  return outcome === 'side_effect_unknown' ? 'request' : 'blocked'
}

function lastError(line: CodeLine): string | null {
  const error = line.last()?.error ?? null
  return error === null ? null : `${error.code}: ${error.message}`.slice(0, 200)
}
