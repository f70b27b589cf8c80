import { type ClaimedCall, type FreedSlots, postponeClaims } from '@readback/store'
import { type Admission, type Limits, REASONS, type Wait } from './admission.ts'
import type { Turn } from './job.ts'
import { unusedOf, withinConcurrency } from './slots-of-limits.ts'
import { withinRates } from './turns-of-rates.ts'

export type Admitted = {
  rows: readonly ClaimedCall[]
  /** Entries without a rate limit are missing. */
  turns: ReadonlyMap<string, Turn>
  /** Slots for which others stand in line, and which none of these rows has taken: a rate may have held it back. */
  unused: readonly FreedSlots[]
}

/**
 * Lets those of a claimed batch through that the limits allow now, and postpones the others without using up an attempt.
 * Decided for the whole batch at once, inside the transaction of the claim.
 */
export async function admit(admission: Admission, claimed: readonly ClaimedCall[]): Promise<Admitted> {
  const waits: Wait[] = []
  const { fitting, lines } = await withinConcurrency(admission, claimed, waits)
  const affordable = await withinBudget(admission, fitting, waits)
  const admitted = await withinRates(admission, affordable, waits)
  if (waits.length > 0) await postpone(admission, waits)
  return { ...admitted, unused: unusedOf(lines, admitted.rows) }
}

/** Whether any of the limits below can make an entry wait that is claimed for the first time: the retry budget cannot. */
export function boundsFirstCalls(limits: Limits, effect: string): boolean {
  const contract = limits.get(effect)
  if (contract === undefined) return true
  return (
    contract.limits.perTenant !== null || contract.limits.perEffect !== null || contract.concurrency.perTenant !== null
  )
}

async function withinBudget(
  { client, limits, budget }: Admission,
  fitting: readonly ClaimedCall[],
  waits: Wait[],
): Promise<readonly ClaimedCall[]> {
  const refused = await budget.refused(client, limits, fitting)
  if (refused.length === 0) return fitting
  const late = new Set(refused.map(({ row }) => row))
  for (const { row, ms } of refused) waits.push({ row, ms, reason: 'retry_budget' })
  return fitting.filter((row) => !late.has(row))
}

async function postpone(admission: Admission, waits: readonly Wait[]): Promise<void> {
  await postponeClaims(
    admission.client,
    waits.map(({ row, ...wait }) => ({ ...wait, entryId: row.entry_id, fence: row.fence })),
  )
  for (const reason of REASONS) {
    const count = waits.filter((wait) => wait.reason === reason).length
    if (count > 0) admission.observe({ type: 'throttled', scope: reason, count })
  }
}
