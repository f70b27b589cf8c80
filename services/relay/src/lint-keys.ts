import { KEY_ADVICE, type KeyFinding, keyFinding } from '@readback/contract'
import type { EntryRefRow } from '@readback/store'
import type { RelayObservation } from './observation.ts'

export type KeyLintDeps = {
  monotonicMs: () => number
  observe: (observation: RelayObservation) => void
}

const WARN_EVERY_MS = 3_600_000

type Found = { finding: KeyFinding; row: EntryRefRow; count: number }

/**
 * Looks at each key that is captured (K6). It costs a microsecond, refuses nothing, and warns once an hour about each kind
 * of finding of an effect: whoever enqueues wrongly does so all the time.
 */
export function createKeyLint({ monotonicMs, observe }: KeyLintDeps): (rows: readonly EntryRefRow[]) => void {
  // Effects have contracts, so there are not many of them.
  const warnedAtMs = new Map<string, number>()

  const isToBeWarned = (name: string): boolean => {
    const nowMs = monotonicMs()
    if (nowMs - (warnedAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < WARN_EVERY_MS) return false
    warnedAtMs.set(name, nowMs)
    return true
  }

  return (rows) => {
    for (const [name, { finding, row, count }] of findings(rows)) {
      const { entry_id, tenant, effect, key } = row
      const found = { entry_id, tenant, effect, key, finding, advice: KEY_ADVICE[finding], count }
      observe({ type: 'key_questionable', ...found, warns: isToBeWarned(name) })
    }
  }
}

/** Counted by effect and finding, each with its first row. */
function findings(rows: readonly EntryRefRow[]): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>()
  for (const row of rows) {
    const { tenant, effect, key, entry_id } = row
    const finding = keyFinding({ tenant, effect, key, atMs: madeAtMs(entry_id) })
    if (finding === null) continue
    const name = `${row.effect} ${finding}`
    found.set(name, { finding, row, ...found.get(name), count: (found.get(name)?.count ?? 0) + 1 })
  }
  return found
}

/** By the clock of the database, which made the id. */
const madeAtMs = (entryId: string) => Number.parseInt(entryId.slice(0, 8) + entryId.slice(9, 13), 16)
