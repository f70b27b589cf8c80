import { createHandOn, refOf } from '@readback/dispatch'
import type { Step } from '@readback/lifecycle'
import { createGroupCommit } from '@readback/service-kit'
import { type CallRecord, recordCalls, type SettleRecord, settle } from '@readback/store'
import type { Delivered } from './job.ts'
import type { WorkerDeps, WorkerOptions } from './ports.ts'

export type Recorder = { record(delivered: Delivered): Promise<void> }

const BATCH_MAX = 500
const FLUSH_EVERY_MS = 25

/** Writes outcomes down in groups, and hands to the verifier what is to be looked at now. */
export function createRecorder(deps: WorkerDeps, options: WorkerOptions): Recorder {
  const toVerifier = createHandOn(deps.dispatch, 'verify', deps.observe)
  const commit = createGroupCommit<Delivered, boolean>({
    flush: async (batch) => {
      const written = await write(deps, batch)
      deps.reached('recorded')
      const moved = batch.filter(({ job, step }) => isDueNow(step) && written.has(job.claimed.entry_id))
      toVerifier(moved.map(({ job }) => refOf(job.claimed, options.source)))
      return batch.map((each) => written.has(each.job.claimed.entry_id))
    },
    itemsMax: BATCH_MAX,
    intervalMs: FLUSH_EVERY_MS,
  })

  return {
    async record(delivered) {
      const written = await commit.push(delivered)
      observeAttempt(deps, options, delivered)
      if (!written) observeLost(deps, delivered)
    },
  }
}

/** A batch belongs to one session but for the moment in which a session is lost. */
async function write(deps: WorkerDeps, batch: readonly Delivered[]): Promise<Set<string>> {
  const written = new Set<string>()
  for (const owner of new Set(batch.map((each) => each.job.owner))) {
    const mine = batch.filter((each) => each.job.owner === owner)
    const moves = mine.map(callRecord).filter((record) => record !== null)
    const ends = mine.map(settleRecord).filter((record) => record !== null)
    if (moves.length > 0) for (const id of await recordCalls(deps.db, owner, moves)) written.add(id)
    if (ends.length > 0) for (const row of await settle(deps.db, owner, ends)) written.add(row.entry_id)
  }
  return written
}

function callRecord({ job, result, step, durationMs }: Delivered): CallRecord | null {
  if (step.to === 'acknowledged' || step.to === 'done') return null
  return {
    entryId: job.claimed.entry_id,
    fence: job.claimed.fence,
    step,
    outcome: result.outcome,
    means: result.means,
    cause: result.cause,
    status: result.evidence.status,
    externalId: result.externalId,
    evidence: JSON.stringify(result.evidence),
    durationMs,
  }
}

function settleRecord({ job, result, step, durationMs }: Delivered): SettleRecord | null {
  if (step.to !== 'acknowledged') return null
  return {
    entryId: job.claimed.entry_id,
    fence: job.claimed.fence,
    from: 'calling',
    state: 'acknowledged',
    result: result.outcome,
    cause: result.cause,
    status: result.evidence.status,
    externalId: result.externalId,
    evidence: JSON.stringify(result.evidence),
    durationMs,
    contractVersion: job.claimed.effect_version,
    committedAt: job.claimed.created_at,
  }
}

const isDueNow = (step: Step): boolean => (step.to === 'verifying' || step.to === 'unknown') && step.dueInMs === 0

function observeAttempt(deps: WorkerDeps, options: WorkerOptions, { job, result, step, durationMs }: Delivered): void {
  const { claimed } = job
  deps.observe({
    type: 'call_attempted',
    source: options.source,
    entry_id: claimed.entry_id,
    tenant: claimed.tenant,
    effect: claimed.effect,
    key: claimed.key,
    attempt: claimed.attempts,
    fence: claimed.fence,
    outcome: result.outcome,
    cause: result.cause,
    phase: result.evidence.phase,
    status: result.evidence.status,
    duration_ms: durationMs,
    external_id: result.externalId,
    next: step.to,
    due_in_ms: 'dueInMs' in step ? step.dueInMs : null,
    traceparent: claimed.traceparent,
  })
  if (step.to === 'acknowledged') {
    const { entry_id, key, tenant, effect, since_commit_ms } = claimed
    deps.observe({
      type: 'entry_settled',
      entry_id,
      key,
      tenant,
      effect,
      state: 'acknowledged',
      commit_to_settled_ms: since_commit_ms + durationMs,
    })
  }
}

function observeLost(deps: WorkerDeps, { job: { claimed } }: Delivered): void {
  const { entry_id, key, tenant, effect, fence } = claimed
  deps.observe({ type: 'lease_lost', entry_id, key, tenant, effect, fence })
}
