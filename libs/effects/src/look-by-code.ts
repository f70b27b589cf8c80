import {
  type Contract,
  codeEntry,
  type LookStep,
  lookTimeByCode,
  readFindings,
  type Subject,
  startLook,
  takeFindings,
} from '@readback/contract'
import type { LookDeps } from './call-result.ts'
import { openCodeLine } from './code-line.ts'
import { runCode, startTime } from './run-code.ts'

/** A look up to where the rules of the contract take over: by code where the contract has some, else by its first request. */
export async function beginLook(
  deps: LookDeps,
  contract: Contract,
  subject: Subject,
  signal: AbortSignal,
): Promise<LookStep> {
  const timeoutMs = contract.code === null ? null : lookTimeByCode(contract, subject)
  const custom = contract.code?.custom
  if (timeoutMs === null || custom?.look === undefined) return startLook(contract, subject, deps.secret)
  const entry = codeEntry(contract, subject)
  // That the key does not fit is found, and told, by the rules.
  if (!entry.ok) return takeFindings(contract, subject, deps.secret, { inconclusive: entry.code, ...MISFIT })
  const time = startTime(timeoutMs, signal)
  const line = openCodeLine(deps, time, 'only looks')
  const input = { ...entry.plan, externalId: subject.externalId, http: line.http, secret: line.secret }
  const ending = await runCode(() => custom.look?.({ ...input, signal: time.signal }), time)
  return takeFindings(contract, subject, deps.secret, readFindings(ending, line.requests()))
}

const MISFIT = { what: 'the key does not fit the provider', requests: 0 }
