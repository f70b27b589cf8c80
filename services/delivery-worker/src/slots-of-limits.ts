import { slotWaitMs } from '@readback/limits'
import { type ClaimedCall, type FreedSlots, type FreeSlots, freeSlots, LINE_COUNTED_BEYOND } from '@readback/store'
import { type Admission, byPlace, REASONS, type Wait } from './admission.ts'
import { groupBy } from './group-by.ts'

/** The slots of one tenant for one effect, and who of the claimed got one. */
type Line = FreeSlots & { effect: string; tenant: string; fitting: readonly ClaimedCall[] }

/**
 * Who of the claimed gets a slot of the limit of calls of its tenant, counted over all processes; the others join the line for it, by `waits`.
 */
export async function withinConcurrency(
  admission: Admission,
  claimed: readonly ClaimedCall[],
  waits: Wait[],
): Promise<{ fitting: readonly ClaimedCall[]; lines: readonly Line[] }> {
  const bounded = claimed.filter((row) => admission.limits.get(row.effect)?.concurrency.perTenant != null)
  const limited = [...groupBy(bounded, (row) => `${row.effect}\n${row.tenant}`).values()]
  if (limited.length === 0) return { fitting: claimed, lines: [] }
  const free = await freeSlots(
    admission.client,
    limited.map((rows) => ({
      effect: nameOf(rows).effect,
      tenant: nameOf(rows).tenant,
      callsMax: admission.limits.get(nameOf(rows).effect)?.concurrency.perTenant ?? 0,
      claimed: rows.length,
    })),
  )
  const late = new Set<ClaimedCall>()
  const lines = limited.map((rows, index) => {
    const { effect, tenant } = nameOf(rows)
    const slots = free[index] ?? NO_SLOTS
    const { fitting, others } = shareOut(rows, slots)
    const callsMax = admission.limits.get(effect)?.concurrency.perTenant ?? 1
    const isLong = slots.waiting + others.length >= callsMax + LINE_COUNTED_BEYOND
    for (const [place, row] of others.entries()) {
      late.add(row)
      const line = { isLong, waitedMs: row.since_commit_ms, rounds: place / callsMax }
      waits.push({ row, ms: slotWaitMs(line, admission.random()), reason: 'concurrency' })
    }
    return { ...slots, effect, tenant, fitting }
  })
  return { fitting: claimed.filter((row) => !late.has(row)), lines }
}

const NO_SLOTS: FreeSlots = { free: 0, waiting: 0 }

/** Which rows get a slot. For those that have just come there are only the slots for which nobody stands in line. */
function shareOut(rows: readonly ClaimedCall[], { free, waiting }: FreeSlots) {
  const ordered = [...rows].sort((one, other) => Number(hasStood(other)) - Number(hasStood(one)) || byPlace(one, other))
  const waited = rows.filter(hasStood).length
  const slots = Math.min(free, Math.max(waited, free - waiting))
  return { fitting: ordered.slice(0, slots), others: ordered.slice(slots) }
}

/** For a slot, or with one for something else. */
const hasStood = ({ waited_for }: ClaimedCall): boolean => REASONS.some((reason) => reason === waited_for)

/**
 * What got a slot and was held back by a budget or a rate leaves it to the next one. And if there is room for one that asked by itself, somebody
 * has failed to call the others up.
 */
export const unusedOf = (lines: readonly Line[], admitted: readonly ClaimedCall[]): readonly FreedSlots[] => {
  const taken = new Set(admitted)
  return lines.flatMap(({ effect, tenant, free, waiting, fitting }) => {
    const left = fitting.filter((row) => !taken.has(row)).length
    const slots = Math.min(waiting, fitting.some(({ uncalled }) => uncalled) ? free - fitting.length + left : left)
    return slots > 0 ? [{ effect, tenant, slots }] : []
  })
}

const nameOf = (rows: readonly ClaimedCall[]) => rows[0] ?? { effect: '', tenant: '' }
