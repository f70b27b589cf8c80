import { type Contract, isUnreadable } from '@readback/contract'
import type { EntryRef } from '@readback/dispatch'
import { type ClaimedCall, claimForCall, recordCalls } from '@readback/store'
import { admit, type Limits } from './admit.ts'
import type { WorkerDeps, WorkerOptions } from './worker.ts'

/** One claimed entry on its way to its call. */
export type Job = {
  claimed: ClaimedCall
  contract: Contract
  /** The session it is claimed under; it is worth nothing under another. */
  owner: string
  /** Monotonic; from then on somebody else may have it. */
  leaseEndsMs: number
  /** Monotonic; the turn that the limits gave it, or the moment of the claim. */
  startsMs: number
  /** How much later than its turn it may start. */
  lateMsMax: number
}

/** Turns references into jobs: claims them in one transaction, limits included, and pins each one's contract version. */
export function createClaimer(deps: WorkerDeps, options: WorkerOptions) {
  return async function claim(refs: readonly EntryRef[]): Promise<readonly Job[]> {
    const limits = await newestLimits(deps, refs)
    const owner = deps.session.id()
    const askedAtMs = deps.monotonicMs()
    const starts = new Map<string, { inMs: number; lateMsMax: number }>()
    const claimed = await claimForCall(
      deps.db,
      { owner, leaseMs: options.leaseMs, entries: wanted(refs, limits) },
      async (client, rows) => {
        const admitted = await admit({ client, limits, observe: deps.observe }, rows)
        for (const [id, start] of admitted.starts) starts.set(id, start)
        return admitted.rows
      },
    )
    deps.observe({ type: 'entries_claimed', topic: 'deliver', count: claimed.length, refs: refs.length })
    const nowMs = deps.monotonicMs()
    const contracts = await contractsOf(deps, claimed, owner)
    return claimed.flatMap((row) => {
      const contract = contracts.get(row.entry_id)
      const start = starts.get(row.entry_id)
      if (!contract) return []
      return {
        claimed: row,
        contract,
        owner,
        leaseEndsMs: askedAtMs + options.leaseMs,
        startsMs: nowMs + (start?.inMs ?? 0),
        lateMsMax: start?.lateMsMax ?? Number.POSITIVE_INFINITY,
      }
    })
  }
}

/** The version each entry was written under. One that this program cannot read needs a person; the others go on. */
async function contractsOf(
  deps: WorkerDeps,
  claimed: readonly ClaimedCall[],
  owner: string,
): Promise<ReadonlyMap<string, Contract>> {
  const contracts = new Map<string, Contract>()
  const unreadable: ClaimedCall[] = []
  for (const row of claimed) {
    const contract = await readable(deps.contracts.version(row.effect, row.effect_version))
    if (contract) contracts.set(row.entry_id, contract)
    else unreadable.push(row)
  }
  if (unreadable.length > 0) await recordCalls(deps.db, owner, unreadable.map(unreadableRecord))
  return contracts
}

const readable = (contract: Promise<Contract>): Promise<Contract | null> =>
  contract.catch((error: unknown) => {
    if (isUnreadable(error)) return null
    throw error
  })

const unreadableRecord = (row: ClaimedCall) => ({
  entryId: row.entry_id,
  fence: row.fence,
  step: { to: 'dead', cause: 'contract_unreadable' } as const,
  outcome: 'validation_failure',
  means: null,
  cause: 'contract_unreadable',
  status: null,
  externalId: null,
  evidence: '{}',
  durationMs: 0,
})

/** Limits are those of the newest version: they are operated, not part of what was agreed at the commit. */
async function newestLimits(deps: WorkerDeps, refs: readonly EntryRef[]): Promise<Limits> {
  const limits = new Map<string, Contract>()
  for (const effect of new Set(refs.map((ref) => ref.effect))) {
    const contract = await readable(deps.contracts.newest(effect))
    if (contract) limits.set(effect, contract)
  }
  return limits
}

function wanted(refs: readonly EntryRef[], limits: Limits) {
  const byId = new Map(refs.map((ref) => [ref.entryId, limits.get(ref.effect)?.call.timeoutMs ?? 0]))
  return [...byId].map(([entryId, timeoutMs]) => ({ entryId, timeoutMs }))
}
