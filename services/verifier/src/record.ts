import { createHandOn, refOf } from '@readback/dispatch'
import type { Step } from '@readback/lifecycle'
import { createGroupCommit } from '@readback/service-kit'
import { type LookRecord, recordLooks, type SettleRecord, settle } from '@readback/store'
import { lookFinished } from '@readback/telemetry'
import type { Looked } from './job.ts'
import type { VerifierDeps, VerifierOptions } from './ports.ts'

export type LookRecorder = { record(looked: Looked): Promise<void> }

/** What became of a look: settled after so long, moved on, or not written because the lease was lost. */
type Written = { settledMs: number } | 'moved' | 'lease_lost'

const BATCH_MAX = 500
const FLUSH_EVERY_MS = 25

/** Writes verdicts down in groups: receipts for what was seen, the next step for the rest. */
export function createLookRecorder(deps: VerifierDeps, options: VerifierOptions): LookRecorder {
  const toWorker = createHandOn(deps.dispatch, 'deliver', deps.observe)
  const commit = createGroupCommit<Looked, Written>({
    flush: async (batch) => {
      const written = await write(deps, batch)
      deps.reached('settled')
      const again = batch.filter(({ job, step }) => isDueNow(step) && written.get(job.claimed.entry_id) === 'moved')
      toWorker(again.map(({ job }) => refOf(job.claimed, options.source)))
      return batch.map((each) => written.get(each.job.claimed.entry_id) ?? 'lease_lost')
    },
    itemsMax: BATCH_MAX,
    intervalMs: options.flushEveryMs ?? FLUSH_EVERY_MS,
  })

  return {
    async record(looked) {
      observeLook(deps, options, looked, await commit.push(looked))
    },
  }
}

async function write(deps: VerifierDeps, batch: readonly Looked[]): Promise<Map<string, Written>> {
  const written = new Map<string, Written>()
  for (const owner of new Set(batch.map((each) => each.job.owner))) {
    const mine = batch.filter((each) => each.job.owner === owner)
    const ends = mine.map(settleRecord).filter((record) => record !== null)
    const moves = mine.map(lookRecord).filter((record) => record !== null)
    if (ends.length > 0) {
      for (const row of await settle(deps.db, owner, ends))
        written.set(row.entry_id, { settledMs: row.commit_to_settled_ms })
    }
    if (moves.length > 0) for (const id of await recordLooks(deps.db, owner, moves)) written.set(id, 'moved')
  }
  return written
}

function settleRecord({ job: { claimed }, result, step, durationMs }: Looked): SettleRecord | null {
  if (step.to !== 'done') return null
  return {
    entryId: claimed.entry_id,
    fence: claimed.fence,
    from: 'verifying',
    state: 'done',
    call: null,
    look: { verdict: result.verdict, evidence: JSON.stringify(result.evidence), durationMs, kept: result.kept },
    externalId: result.externalId,
    contractVersion: claimed.effect_version,
    committedAt: claimed.created_at,
  }
}

function lookRecord({ job: { claimed }, result, step, durationMs }: Looked): LookRecord | null {
  if (step.to === 'done' || step.to === 'acknowledged') return null
  return {
    entryId: claimed.entry_id,
    fence: claimed.fence,
    step,
    verdict: result.verdict,
    cause: result.cause,
    status: result.evidence.status,
    externalId: result.externalId,
    evidence: JSON.stringify(result.evidence),
    durationMs,
  }
}

const isDueNow = (step: Step): boolean => step.to === 'scheduled' && step.dueInMs === 0 && step.reason !== 'expiring'

function observeLook(
  deps: VerifierDeps,
  options: VerifierOptions,
  { job: { claimed }, result, step, durationMs }: Looked,
  written: Written,
): void {
  const { entry_id, tenant, effect, key, fence } = claimed
  deps.observe(lookFinished(options.source, { entry: claimed, result, step, durationMs }))
  if (written === 'lease_lost') deps.observe({ type: 'lease_lost', entry_id, key, tenant, effect, fence })
  else if (written !== 'moved')
    deps.observe({
      type: 'entry_settled',
      entry_id,
      key,
      tenant,
      effect,
      state: 'done',
      commit_to_settled_ms: written.settledMs,
    })
}
