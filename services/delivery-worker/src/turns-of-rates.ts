import { aheadMs, LINE_MAX_MS, lateMsMax, lineWaitMs, type Rate, spacingMs, waitMs } from '@readback/limits'
import { type ClaimedCall, takeTurns } from '@readback/store'
import { type Admission, byPlace, type Limits, type Wait } from './admission.ts'
import type { Turn } from './job.ts'

type Lane = { scope: string; subject: string; rate: Rate; aheadMs: number; rows: ClaimedCall[] }

/** Who of these gets a turn of each rate of its effect, and when that is; the others join the line of the rate, by `waits`. */
export async function withinRates(
  admission: Admission,
  fitting: readonly ClaimedCall[],
  waits: Wait[],
): Promise<{ rows: readonly ClaimedCall[]; turns: ReadonlyMap<string, Turn> }> {
  let rows = fitting
  const turns = new Map<string, Turn>()
  // Narrow before wide: a tenant over its own limit must not use up turns of the effect.
  for (const lanesOf of [tenantLanes, effectLanes]) {
    const lanes = lanesOf(admission.limits, rows)
    if (lanes.length === 0) continue
    const askedMs = admission.monotonicMs()
    const granted = new Map(
      (await takeTurns(admission.client, lanes.map(turnRequest))).map((given) => [given.subject, given]),
    )
    const answeredMs = admission.monotonicMs()
    const refused = new Set<ClaimedCall>()
    for (const lane of lanes) {
      handOut(lane, granted.get(lane.subject) ?? NO_TURNS, {
        askedMs,
        answeredMs,
        turns,
        waits,
        refused,
        random: admission.random,
      })
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
