import { createHandOn, refOf } from '@readback/dispatch'
import type { Step } from '@readback/lifecycle'
import { createGroupCommit } from '@readback/service-kit'
import { type CallRecord, recordCalls, type SettleRecord, settle } from '@readback/store'
import { lookFinished } from '@readback/telemetry'
import type { Delivered } from './job.ts'
import type { WorkerDeps, WorkerOptions } from './ports.ts'

export type Recorder = { record(delivered: Delivered): Promise<void> }

const BATCH_MAX = 500
const FLUSH_EVERY_MS = 25

/** What became of an outcome: settled after so long, moved on, or not written because the lease was lost. */
type Written = { settledMs: number } | 'moved' | 'lease_lost'

/** Writes outcomes down in groups, and hands to the verifier what is to be looked at now. */
export function createRecorder(deps: WorkerDeps, options: WorkerOptions): Recorder {
  const toVerifier = createHandOn(deps.dispatch, 'verify', deps.observe)
  const commit = createGroupCommit<Delivered, Written>({
    flush: async (batch) => {
      const written = await write(deps, batch)
      deps.reached('recorded')
      const due = batch.filter(({ job, step }) => isDueNow(step) && written.get(job.claimed.entry_id) === 'moved')
      toVerifier(due.map(({ job }) => refOf(job.claimed, options.source)))
      return batch.map((each) => written.get(each.job.claimed.entry_id) ?? 'lease_lost')
    },
    itemsMax: BATCH_MAX,
    intervalMs: options.flushEveryMs ?? FLUSH_EVERY_MS,
  })

  return {
    async record(delivered) {
      const writing = commit.push(delivered)
      // Its slot is taken until then, and others wait for that.
      if (delivered.job.hasSlot) commit.hurry()
      const written = await writing
      observeAttempt(deps, options, delivered)
      observeEnd(deps, delivered, written)
    },
  }
}

/** A batch belongs to one session but for the moment in which a session is lost. */
async function write(deps: WorkerDeps, batch: readonly Delivered[]): Promise<Map<string, Written>> {
  const written = new Map<string, Written>()
  for (const owner of new Set(batch.map((each) => each.job.owner))) {
    const mine = batch.filter((each) => each.job.owner === owner)
    const moves = mine.map(callRecord).filter((record) => record !== null)
    const ends = mine.map(settleRecord).filter((record) => record !== null)
    if (moves.length > 0) for (const id of await recordCalls(deps.db, owner, moves)) written.set(id, 'moved')
    if (ends.length === 0) continue
    for (const row of await settle(deps.db, owner, ends))
      written.set(row.entry_id, { settledMs: row.commit_to_settled_ms })
  }
  return written
}

function callRecord({ job, result, step, durationMs, seen }: Delivered): CallRecord | null {
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
    seen,
  }
}

function settleRecord({ job, result, step, durationMs, look }: Delivered): SettleRecord | null {
  if (step.to !== 'acknowledged' && step.to !== 'done') return null
  const { entry_id, fence, effect_version, created_at } = job.claimed
  return {
    entryId: entry_id,
    fence,
    from: 'calling',
    state: step.to,
    call: { outcome: result.outcome, cause: result.cause, evidence: JSON.stringify(result.evidence), durationMs },
    look: look && {
      verdict: look.result.verdict,
      evidence: JSON.stringify(look.result.evidence),
      durationMs: look.durationMs,
      kept: look.result.kept,
    },
    externalId: look?.result.externalId ?? result.externalId,
    contractVersion: effect_version,
    committedAt: created_at,
  }
}

const isDueNow = (step: Step): boolean => (step.to === 'verifying' || step.to === 'unknown') && step.dueInMs === 0

function observeAttempt(deps: WorkerDeps, options: WorkerOptions, { job, result, step, durationMs, look }: Delivered) {
  const { claimed } = job
  const { entry_id, tenant, effect, key, attempts: attempt, fence, traceparent } = claimed
  deps.observe({
    type: 'call_attempted',
    source: options.source,
    entry_id,
    tenant,
    effect,
    key,
    attempt,
    fence,
    outcome: result.outcome,
    cause: result.cause,
    phase: result.evidence.phase,
    status: result.evidence.status,
    duration_ms: durationMs,
    external_id: result.externalId,
    next: step.to,
    due_in_ms: 'dueInMs' in step ? step.dueInMs : null,
    traceparent,
  })
  if (look) deps.observe(lookFinished(options.source, { entry: claimed, step, ...look }))
}

function observeEnd(deps: WorkerDeps, { job, step }: Delivered, written: Written): void {
  if (written === 'moved') return
  const { entry_id, tenant, effect, key, fence } = job.claimed
  if (written === 'lease_lost') deps.observe({ type: 'lease_lost', entry_id, tenant, effect, key, fence })
  else
    deps.observe({
      type: 'entry_settled',
      entry_id,
      tenant,
      effect,
      key,
      state: step.to,
      commit_to_settled_ms: written.settledMs,
    })
}
