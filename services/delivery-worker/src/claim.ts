import { type Contract, readable } from '@readback/contract'
import type { EntryRef } from '@readback/dispatch'
import {
  type ClaimedCall,
  claimFirstCalls,
  claimForCall,
  type FirstCallClaimRequest,
  type FreedSlots,
  giveBackUnheard,
  isConnectionLost,
  postponeClaims,
  type Queryable,
  recordCalls,
} from '@readback/store'
import type { Limits } from './admission.ts'
import { admit, boundsFirstCalls } from './admit.ts'
import type { CallUp } from './call-up.ts'
import type { Job, Turn } from './job.ts'
import type { WorkerDeps, WorkerOptions } from './ports.ts'
import type { RetryBudget } from './retry-budget.ts'

/**
 * Turns references into jobs: claims them, what has limits in one transaction with these, and pins each one's contract version. One
 * claim at a time; `isHeld` says what this process holds by earlier ones.
 */
export function createClaimer(
  deps: WorkerDeps & { budget: RetryBudget; callUp: CallUp },
  options: WorkerOptions,
  isHeld: (entryId: string) => boolean,
) {
  return async function claim(refs: readonly EntryRef[]): Promise<readonly Job[]> {
    const limits = await newestLimits(deps, new Set(refs.map((ref) => ref.effect)))
    const owner = deps.session.id()
    const askedAtMs = deps.monotonicMs()
    let turns: ReadonlyMap<string, Turn> = new Map()
    let unused: readonly FreedSlots[] = []
    const entries = wanted(refs, limits)
    const request = { owner, leaseMs: options.leaseMs }
    const claimRest = async (rest: typeof entries) => {
      if (rest.length === 0) return []
      return claimForCall(deps.db, { ...request, entries: rest }, async (client, rows) => {
        const admitted = await admit({ ...deps, client, limits }, await ofKnownLimits(deps, limits, rows, client))
        turns = admitted.turns
        unused = admitted.unused
        return admitted.rows
      })
    }
    let first: readonly ClaimedCall[] = []
    const claimBoth = async () => {
      first = await claimUnbounded(deps, limits, { ...request, entries })
      const ids = new Set(first.map((row) => row.entry_id))
      return [...first, ...(await claimRest(entries.filter(({ entryId }) => !ids.has(entryId))))]
    }
    const claimed = await claimBoth().catch(async (error: unknown) => {
      const unheard = entries.map(({ entryId }) => entryId).filter((entryId) => !isHeld(entryId))
      // Of a commit it may not be known, or the first ones have been committed: nobody would call them before their leases end.
      if (isConnectionLost(error) || first.length > 0) await giveBackUnheard(deps.db, owner, unheard)
      throw error
    })
    deps.callUp.forUnused(unused)
    deps.observe({ type: 'entries_claimed', topic: 'deliver', count: claimed.length, refs: refs.length })
    const atOnce: Turn = { startsMs: deps.monotonicMs(), endsMs: Number.POSITIVE_INFINITY }
    const contracts = await contractsOf(deps, claimed, owner)
    return claimed.flatMap((row) => {
      const contract = contracts.get(row.entry_id)
      if (!contract) return []
      const leaseEndsMs = askedAtMs + options.leaseMs
      // The database said it later than it was asked, so by our clock the end is not earlier than this.
      const expiresMs = askedAtMs + (row.expires_in_ms ?? Number.POSITIVE_INFINITY)
      const hasSlot = limits.get(row.effect)?.concurrency.perTenant != null
      return { claimed: row, contract, owner, leaseEndsMs, expiresMs, hasSlot, turn: turns.get(row.entry_id) ?? atOnce }
    })
  }
}

/** Most effects have no limit of their own and no order, and most entries are claimed for the first time. */
async function claimUnbounded(
  deps: WorkerDeps,
  limits: Limits,
  request: FirstCallClaimRequest,
): Promise<readonly ClaimedCall[]> {
  const isUsual = (effect: string) => !boundsFirstCalls(limits, effect) && limits.get(effect)?.ordering === 'none'
  const entries = request.entries.filter(({ effect }) => isUsual(effect))
  return entries.length === 0 ? [] : claimFirstCalls(deps.db, { ...request, entries })
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
  seen: false,
})

/**
 * Limits are those of the newest version: they are operated, not part of what was agreed at the commit. An effect without
 * a readable one is not called; its references are dropped, its entries stay pending, and the relay offers them again.
 */
async function newestLimits(deps: WorkerDeps, effects: ReadonlySet<string>): Promise<Map<string, Contract>> {
  const limits = new Map<string, Contract>()
  for (const effect of effects) {
    const contract = await readable(deps.contracts.newest(effect))
    if (contract) limits.set(effect, contract)
    else deps.observe({ type: 'effect_unknown', effect })
  }
  return limits
}

// Offered again soon; by then its reference should name its effect.
const MISNAMED_MS = 1_000

/**
 * A reference may name another effect than its entry has: anybody can write one. Such an entry is put off, for the limits
 * of its own effect were not asked for.
 */
async function ofKnownLimits(
  deps: WorkerDeps,
  limits: Limits,
  rows: readonly ClaimedCall[],
  client: Queryable,
): Promise<readonly ClaimedCall[]> {
  const misnamed = rows.filter((row) => !limits.has(row.effect))
  if (misnamed.length === 0) return rows
  const wait = { ms: MISNAMED_MS, reason: 'call_again' }
  await postponeClaims(
    client,
    misnamed.map((row) => ({ ...wait, entryId: row.entry_id, fence: row.fence })),
  )
  for (const { entry_id, key, tenant, effect } of misnamed)
    deps.observe({ type: 'call_given_back', entry_id, key, tenant, effect, reason: 'reference_misnamed' })
  return rows.filter((row) => limits.has(row.effect))
}

function wanted(refs: readonly EntryRef[], limits: Limits) {
  // As the database spells it: strangers can write references, and one entry is one job.
  const byId = new Map(refs.map((ref) => [ref.entryId.toLowerCase(), ref.effect]))
  return [...byId].flatMap(([entryId, effect]) => {
    const contract = limits.get(effect)
    return contract ? { entryId, effect, timeoutMs: contract.attemptTimeoutMs, version: contract.version } : []
  })
}
