import type { CallResult } from '@readback/effects'
import {
  decideAfterCall,
  decideInsteadOfCall,
  type EntryFacts,
  keyIsAlive,
  type Step,
  type Verdict,
  type WaitReason,
} from '@readback/lifecycle'
import { rest } from '@readback/service-kit'
import { postponeClaims, storePrepared } from '@readback/store'
import type { Delivered, Job } from './job.ts'
import type { WorkerDeps } from './ports.ts'

/** One job from its turn to what its call and the worker's own look proved; null: it was given back, not called. */
export function createDelivery(deps: WorkerDeps, stopping: AbortSignal) {
  return async function deliver(job: Job): Promise<Delivered | null> {
    await turn(deps, job, stopping)
    const refusal = notNow(deps, job, stopping)
    if (refusal) return giveBack(deps, job, refusal)
    const ready = await prepared(deps, job, stopping)
    if (ready === null) return null
    const delivered = 'step' in ready ? ready : await callOnce(deps, ready, stopping)
    if (delivered === null) return null
    deps.reached('called')
    return lookAtOnce(deps, delivered)
  }
}

/**
 * The job with what its call needs, kept under the fence before the call's first byte. Or how the attempt ended without a call; or null,
 * when it is somebody else's by now, or was given back.
 */
async function prepared(deps: WorkerDeps, job: Job, stopping: AbortSignal): Promise<Job | Delivered | null> {
  const { contract, claimed, owner } = job
  if (contract.prepare.length === 0 || claimed.prepared !== null || !mayCall(job)) return job
  const startedMs = deps.monotonicMs()
  const made = await deps.prepare({ contract, claimed, notAfterMs: notAfter(job, startedMs) }, stopping)
  if (!made.ok) {
    if (stopping.aborted) return await giveBack(deps, job, 'stopping')
    const durationMs = deps.monotonicMs() - startedMs
    return { job, result: made.result, durationMs, step: decide(deps, job, made.result), ...UNSEEN }
  }
  const { entry_id: entryId, fence } = claimed
  if (!(await storePrepared(deps.db, { owner, entryId, fence, values: made.values }))) {
    deps.observe({ type: 'lease_lost', ...nameOf(job), fence })
    return null
  }
  deps.reached('prepared')
  return { ...job, claimed: { ...claimed, prepared: made.values } }
}

const mayCall = ({ contract, claimed }: Job): boolean => keyIsAlive(contract.policy, factsOf(claimed))

const nameOf = ({ claimed: { entry_id, tenant, effect, key } }: Job) => ({ entry_id, tenant, effect, key })

/**
 * The last checks stand right before the call, with nothing awaited in between: whoever was frozen after the first ones must not call
 * when he wakes and somebody else has the entry. A freeze after these is noticed where the first byte would leave.
 */
async function callOnce(deps: WorkerDeps, job: Job, stopping: AbortSignal): Promise<Delivered | null> {
  const { contract, claimed } = job
  const startedMs = deps.monotonicMs()
  const refusal = notNow(deps, job, stopping)
  if (refusal !== null) return giveBack(deps, job, refusal)
  if (!mayCall(job)) {
    const step = decideInsteadOfCall(contract.policy, factsOf(claimed))
    return { job, result: KEY_EXPIRED, durationMs: 0, step, ...UNSEEN }
  }
  // Not aborted by a stop: a call under way is waited for, because ending it would leave its outcome unknown.
  const result = await deps.call({ contract, claimed, notAfterMs: notAfter(job, startedMs) }, NEVER)
  const durationMs = deps.monotonicMs() - startedMs
  return { job, result, durationMs, step: decide(deps, job, result), ...UNSEEN }
}

/**
 * Most effects can be seen at once, and then nothing need be written between call and look: a crash in that gap leaves an
 * expired lease, which is an unknown outcome, which is looked at. What is not seen now is left to the verifier.
 */
async function lookAtOnce(deps: WorkerDeps, delivered: Delivered): Promise<Delivered> {
  const { job, result, step } = delivered
  if (step.to !== 'verifying' || step.dueInMs > 0 || !mayLook(deps, job)) return delivered
  const startedMs = deps.monotonicMs()
  const { contract, claimed } = job
  const look = await deps.look({ contract, claimed, result }, deps.deadlines.signal(job.leaseEndsMs - RECORD_MS))
  if (look.verdict !== 'present') {
    return { ...delivered, step: { ...step, dueInMs: everyMs(job) }, seen: SOMETHING_IS_THERE.has(look.verdict) }
  }
  return { ...delivered, step: { to: 'done' }, look: { result: look, durationMs: deps.monotonicMs() - startedMs } }
}

const UNSEEN = { look: null, seen: false }

const SOMETHING_IS_THERE: ReadonlySet<Verdict> = new Set(['pending', 'mismatch', 'duplicate', 'failed', 'removed'])

/** Its first request, at least, must fit while the entry is still ours. */
const mayLook = (deps: WorkerDeps, { owner, leaseEndsMs, contract }: Job): boolean =>
  owner === deps.session.id() && deps.monotonicMs() + contract.call.timeoutMs < leaseEndsMs

// What is left of the lease is for writing down what was answered: a look of many pages must not lose that.
const RECORD_MS = 1_000

const everyMs = ({ contract }: Job): number => contract.policy.settle?.everyMs ?? 0

const NEVER = new AbortController().signal

function decide(deps: WorkerDeps, { claimed, contract, expiresMs }: Job, result: CallResult): Step {
  const known = factsOf(claimed)
  const expiresInMs = expiresMs - deps.monotonicMs()
  const facts = { ...known, expiresInMs, answeredCalls: known.answeredCalls + (result.outcome === 'success' ? 1 : 0) }
  const { outcome, means, cause, retryAfterMs } = result
  return decideAfterCall(contract.policy, facts, { class: outcome, means, cause, retryAfterMs }, deps.random())
}

const factsOf = (claimed: Job['claimed']): EntryFacts => ({
  attempts: claimed.attempts,
  answeredCalls: claimed.answered_calls,
  sinceCommitMs: claimed.since_commit_ms,
  sinceFirstCallMs: claimed.since_first_call_ms,
  expiresInMs: claimed.expires_in_ms ?? Number.POSITIVE_INFINITY,
})

/** It was alive when this call was decided on, but the call waited: for a limit, or for a worker. */
const KEY_EXPIRED: CallResult = {
  outcome: 'retryable_failure',
  means: null,
  cause: 'key_expired',
  externalId: null,
  retryAfterMs: null,
  answered: false,
  evidence: {
    phase: 'blocked',
    status: null,
    duration_ms: 0,
    bytes_sent: 0,
    bytes_received: 0,
    error: 'nothing was sent: the provider may have forgotten the key',
  },
}

async function turn(deps: WorkerDeps, job: Job, stopping: AbortSignal): Promise<void> {
  const waitMs = job.turn.startsMs - deps.monotonicMs()
  // Hundreds may wait for their turns at once: they share one listener.
  if (waitMs > 0) await rest(waitMs, stopping)
}

type Refusal = 'stopping' | 'turn_missed' | 'lease_ending' | 'expiring'

/** Why the call must not be started, or null. The last look before something that cannot be taken back. */
function notNow(deps: WorkerDeps, job: Job, stopping: AbortSignal): Refusal | null {
  const nowMs = deps.monotonicMs()
  if (stopping.aborted) return 'stopping'
  if (nowMs >= job.expiresMs) return 'expiring'
  if (job.owner !== deps.session.id() || !deps.session.holds()) return 'lease_ending'
  if (nowMs + timeLeft(job) > job.leaseEndsMs) return 'lease_ending'
  if (nowMs > job.turn.endsMs) return 'turn_missed'
  return null
}

/** Until when what was checked at `checkedMs` may leave; monotonic. */
const notAfter = (job: Job, checkedMs: number): number => Math.min(job.expiresMs, checkedMs + timeLeft(job))

const timeLeft = ({ contract, claimed }: Job): number =>
  claimed.prepared === null ? contract.attemptTimeoutMs : contract.call.timeoutMs

const WAITS: Record<Refusal, WaitReason> = {
  stopping: 'call_again',
  lease_ending: 'call_again',
  turn_missed: 'rate_limit',
  expiring: 'expiring',
}

async function giveBack(deps: WorkerDeps, job: Job, reason: Refusal): Promise<null> {
  const { entry_id, key, tenant, effect, fence } = job.claimed
  deps.observe({ type: 'call_given_back', entry_id, key, tenant, effect, reason })
  await postponeClaims(deps.db.pool, [{ entryId: entry_id, fence, ms: 0, reason: WAITS[reason] }])
  return null
}
