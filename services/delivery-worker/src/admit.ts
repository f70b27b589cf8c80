import type { Contract } from '@readback/contract'
import { PRIORITY_STEP_MS } from '@readback/dispatch'
import { aheadMs, LINE_MAX_MS, lateMsMax, lineWaitMs, type Rate, slotWaitMs, spacingMs, waitMs } from '@readback/limits'
import {
  type ClaimedCall,
  type FreedSlots,
  type FreeSlots,
  freeSlots,
  postponeClaims,
  type Queryable,
  takeTurns,
} from '@readback/store'
import { groupBy } from './group-by.ts'
import type { Turn } from './job.ts'
import type { WorkerObservation } from './observation.ts'
import type { RetryBudget } from './retry-budget.ts'

export type Limits = ReadonlyMap<string, Contract>

export type Admitted = {
  rows: readonly ClaimedCall[]
  /** Entries without a rate limit are missing. */
  turns: ReadonlyMap<string, Turn>
  /** Slots for which others stand in line, and which none of these rows has taken: a rate may have held it back. */
  unused: readonly FreedSlots[]
}

type Admission = {
  client: Queryable
  limits: Limits
  budget: RetryBudget
  monotonicMs: () => number
  random: () => number
  observe: (observation: WorkerObservation) => void
}
const REASONS = ['rate_limit', 'concurrency', 'retry_budget'] as const
type Wait = { row: ClaimedCall; ms: number; reason: (typeof REASONS)[number] }
type Lane = { scope: string; subject: string; rate: Rate; aheadMs: number; rows: ClaimedCall[] }
type Line = FreeSlots & {
  effect: string
  tenant: string
  fitting: readonly ClaimedCall[]
  late: ReadonlySet<ClaimedCall>
}

/**
 * Lets those of a claimed batch through that the limits allow now, and postpones the others without using up an attempt.
 * Decided for the whole batch at once, inside the transaction of the claim.
 */
export async function admit(admission: Admission, claimed: readonly ClaimedCall[]): Promise<Admitted> {
  const waits: Wait[] = []
  const lines = await withinConcurrency(admission, claimed, waits)
  const fitting = claimed.filter((row) => !lines.some(({ late }) => late.has(row)))
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

async function withinConcurrency(
  admission: Admission,
  claimed: readonly ClaimedCall[],
  waits: Wait[],
): Promise<readonly Line[]> {
  const bounded = claimed.filter((row) => admission.limits.get(row.effect)?.concurrency.perTenant != null)
  const limited = [...groupBy(bounded, (row) => `${row.effect}\n${row.tenant}`).values()]
  if (limited.length === 0) return []
  const free = await freeSlots(
    admission.client,
    limited.map((rows) => ({
      effect: nameOf(rows).effect,
      tenant: nameOf(rows).tenant,
      callsMax: admission.limits.get(nameOf(rows).effect)?.concurrency.perTenant ?? 0,
      claimed: rows.length,
    })),
  )
  return limited.map((rows, index) => {
    const { effect, tenant } = nameOf(rows)
    const slots = free[index] ?? NO_SLOTS
    const { fitting, late } = shareOut(rows, slots)
    const callsMax = admission.limits.get(effect)?.concurrency.perTenant ?? 1
    const isLong = slots.waiting + late.length > callsMax + LONG_BEYOND
    for (const [place, row] of late.entries()) {
      const line = { isLong, waitedMs: row.since_commit_ms, rounds: place / callsMax }
      waits.push({ row, ms: slotWaitMs(line, admission.random()), reason: 'concurrency' })
    }
    return { ...slots, effect, tenant, fitting, late: new Set(late) }
  })
}

const NO_SLOTS: FreeSlots = { free: 0, waiting: 0 }
/** Lines are not counted further than to this many beyond the limit; see `freeSlots`. */
const LONG_BEYOND = 99

/** Which rows get a slot. For those that have just come there are only the slots for which nobody stands in line. */
function shareOut(rows: readonly ClaimedCall[], { free, waiting }: FreeSlots) {
  const ordered = [...rows].sort((one, other) => Number(hasStood(other)) - Number(hasStood(one)) || byPlace(one, other))
  const waited = rows.filter(hasStood).length
  const slots = Math.min(free, Math.max(waited, free - waiting))
  return { fitting: ordered.slice(0, slots), late: ordered.slice(slots) }
}

/** For a slot, or with one for something else. */
const hasStood = ({ waited_for }: ClaimedCall): boolean => REASONS.some((reason) => reason === waited_for)

const byPlace = (one: ClaimedCall, other: ClaimedCall): number => waitedMs(other) - waitedMs(one)
const waitedMs = ({ since_commit_ms, priority }: ClaimedCall): number => since_commit_ms + priority * PRIORITY_STEP_MS

/**
 * What got a slot and was held back by a budget or a rate leaves it to the next one. And if there is room for one that asked by itself, somebody
 * has failed to call the others up.
 */
const unusedOf = (lines: readonly Line[], admitted: readonly ClaimedCall[]): readonly FreedSlots[] => {
  const taken = new Set(admitted)
  return lines.flatMap(({ effect, tenant, free, waiting, fitting }) => {
    const left = fitting.filter((row) => !taken.has(row)).length
    const slots = Math.min(waiting, fitting.some(({ uncalled }) => uncalled) ? free - fitting.length + left : left)
    return slots > 0 ? [{ effect, tenant, slots }] : []
  })
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

async function withinRates(
  admission: Admission,
  fitting: readonly ClaimedCall[],
  waits: Wait[],
): Promise<Omit<Admitted, 'unused'>> {
  let rows = fitting
  const turns = new Map<string, Turn>()
  // Narrow before wide: a tenant over its own limit must not use up turns of the effect.
  for (const lanesOf of [tenantLanes, effectLanes]) {
    const lanes = lanesOf(admission.limits, rows)
    if (lanes.length === 0) continue
    const askedMs = admission.monotonicMs()
    const granted = await takeTurns(admission.client, lanes.map(turnRequest))
    const answeredMs = admission.monotonicMs()
    const refused = new Set<ClaimedCall>()
    for (const lane of lanes) {
      const given = granted.find((each) => each.scope === lane.scope && each.subject === lane.subject)
      handOut(lane, given ?? NO_TURNS, { askedMs, answeredMs, turns, waits, refused, random: admission.random })
    }
    for (const row of refused) admission.budget.unused(admission.limits, row)
    rows = rows.filter((row) => !refused.has(row))
  }
  return { rows, turns }
}

const tenantLanes = (limits: Limits, rows: readonly ClaimedCall[]): Lane[] =>
  lanes(limits, rows, (row) => ({
    scope: 'tenant',
    subject: `${row.effect}/${row.tenant}`,
    rate: limits.get(row.effect)?.limits.perTenant ?? null,
  }))

const effectLanes = (limits: Limits, rows: readonly ClaimedCall[]): Lane[] =>
  lanes(limits, rows, (row) => ({
    scope: 'effect',
    subject: row.effect,
    rate: limits.get(row.effect)?.limits.perEffect ?? null,
  }))

function lanes(
  limits: Limits,
  rows: readonly ClaimedCall[],
  limitOf: (row: ClaimedCall) => { scope: string; subject: string; rate: Rate | null },
): Lane[] {
  const found = new Map<string, Lane>()
  for (const row of rows) {
    const { scope, subject, rate } = limitOf(row)
    if (!rate) continue
    const lane = found.get(subject) ?? { scope, subject, rate, aheadMs: aheadOf(limits, row), rows: [] }
    lane.rows.push(row)
    found.set(subject, lane)
  }
  for (const lane of found.values()) lane.rows.sort(byPlace)
  return [...found.values()]
}

function aheadOf(limits: Limits, { effect }: ClaimedCall): number {
  const { perTenant = null, perEffect = null } = limits.get(effect)?.limits ?? {}
  return aheadMs([perTenant, perEffect].filter((rate) => rate !== null))
}

const turnRequest = (lane: Lane) => ({
  scope: lane.scope,
  subject: lane.subject,
  count: lane.rows.length,
  spacingMs: spacingMs(lane.rate),
  aheadMs: lane.aheadMs,
  lineMaxMs: LINE_MAX_MS,
})

const NO_TURNS = { first_in_ms: 0, granted: 0, line_in_ms: 0 }

/**
 * The first ones of the lane get its turns; the others join its line. The strictest limit wins.
 *
 * The database counted from some moment between question and answer: a turn starts by the later one, and ends by the earlier.
 */
function handOut(
  lane: Lane,
  given: { first_in_ms: number; granted: number; line_in_ms: number },
  into: {
    askedMs: number
    answeredMs: number
    turns: Map<string, Turn>
    waits: Wait[]
    refused: Set<ClaimedCall>
    random: () => number
  },
): void {
  for (const [place, row] of lane.rows.entries()) {
    if (place >= given.granted) {
      const inMs = waitMs(lane.rate, given.line_in_ms, place - given.granted)
      into.refused.add(row)
      into.waits.push({ row, ms: lineWaitMs(inMs, lane.aheadMs, into.random()), reason: 'rate_limit' })
      continue
    }
    const inMs = waitMs(lane.rate, given.first_in_ms, place)
    const other = into.turns.get(row.entry_id)
    into.turns.set(row.entry_id, {
      startsMs: Math.max(into.answeredMs + inMs, other?.startsMs ?? 0),
      endsMs: Math.min(into.askedMs + inMs + lateMsMax(lane.rate), other?.endsMs ?? Number.POSITIVE_INFINITY),
    })
  }
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

const nameOf = (rows: readonly ClaimedCall[]) => rows[0] ?? { effect: '', tenant: '' }
