import { CodeMissingError, type Contract, readable } from '@readback/contract'
import type { LookResult } from '@readback/effects'
import { decideAfterLook, personDecides, type Step } from '@readback/lifecycle'
import type { ClaimedLook } from '@readback/store'
import type { Looked, LookJob } from './job.ts'
import type { VerifierDeps } from './ports.ts'
import type { LookRecorder } from './record.ts'

/** One look from its claim to its record. Never rejects: a look that came to nothing is due again when its lease ends. */
export function createLook(deps: VerifierDeps, recorder: LookRecorder) {
  return async function look(job: LookJob): Promise<void> {
    try {
      const looked = await lookOnce(deps, job)
      deps.reached('looked')
      await recorder.record(looked)
    } catch (error) {
      const { entry_id, key, tenant, effect } = job.claimed
      deps.observe({ type: 'look_failed', entry_id, key, tenant, effect, error })
    }
  }
}

async function lookOnce(deps: VerifierDeps, job: LookJob): Promise<Looked> {
  const { claimed } = job
  const contract = await readable(deps.contracts.version(claimed.effect, claimed.effect_version).catch(leaveToOthers))
  if (!contract) return personNeeded(job, 'contract_unreadable')
  if (nobodyLooks(contract, claimed)) return personNeeded(job, 'unknown_outcome')

  const startedMs = deps.monotonicMs()
  // A look has many requests, each with its own time-out. One that takes too long in all must end as a miss, not be lost with its lease.
  const result = await deps.look({ contract, claimed }, deps.deadlines.signal(job.leaseEndsMs - RECORD_MS))
  const durationMs = deps.monotonicMs() - startedMs
  return { job, result, durationMs, step: decide(contract, claimed, result, durationMs) }
}

/** A process that does not have the code of a contract has seen nothing; the look is due again when its lease ends, for one that has it. */
function leaveToOthers(error: unknown): never {
  throw error instanceof CodeMissingError ? new Error(error.message, { cause: error }) : error
}

// What is left of the lease is for writing down what was seen.
const RECORD_MS = 1_000

/** An expired lease of an effect that cannot be read back, or whose contract wants a person to decide. */
const nobodyLooks = (contract: Contract, claimed: ClaimedLook): boolean =>
  contract.verify.kind === 'none' ||
  personDecides(contract, { attempts: claimed.attempts, lastOutcome: claimed.last_outcome })

function decide(contract: Contract, claimed: ClaimedLook, result: LookResult, durationMs: number): Step {
  return decideAfterLook(
    contract.policy,
    {
      attempts: claimed.attempts,
      answeredCalls: claimed.answered_calls,
      sinceCommitMs: claimed.since_commit_ms + durationMs,
      sinceFirstCallMs: claimed.since_first_call_ms + durationMs,
      expiresInMs: (claimed.expires_in_ms ?? Number.POSITIVE_INFINITY) - durationMs,
      // An absence is as old as the beginning of the look, not its end.
      quietMs: claimed.quiet_ms,
      absences: claimed.absences + (result.verdict === 'absent' ? 1 : 0),
      misses: claimed.misses + (result.verdict === 'inconclusive' ? 1 : 0),
      lastOutcome: claimed.last_outcome,
      lastMeans: claimed.last_means,
      seenPresentBefore: claimed.seen_present,
    },
    result.verdict,
  )
}

function personNeeded(job: LookJob, cause: string): Looked {
  const evidence = { by: 'key', pages: 0, status: null, duration_ms: 0, what: 'nothing was asked' } as const
  return {
    job,
    durationMs: 0,
    result: { verdict: 'inconclusive', externalId: null, cause, kept: null, evidence },
    step: { to: 'dead', cause },
  }
}
