import { fieldName, type Path } from '../check/document.ts'
import type { Contract } from '../contract.ts'
import { parseDuration } from '../duration.ts'
import { parseRate } from '../rate.ts'
import { FIELD_DEFAULTS } from '../schema/field-defaults.ts'
import { riskOf } from './change-risks.ts'

/** One field that means something else than before. Null stands for a field that is not there. */
export type ContractChange = {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
  /** What may go wrong by it; null for a change that breaks no promise. */
  readonly risk: string | null
}

/**
 * What changed in meaning between two contracts of one effect. A default that is written out, or a day written as 24h, is no change,
 * though the files differ.
 */
export function contractChanges(before: Contract, after: Contract): ContractChange[] {
  const [old, now] = [leavesOf(before), leavesOf(after)]
  const fields = [...new Set([...old.keys(), ...now.keys()])]
  return fields.flatMap((field) => {
    const change = { field, before: old.get(field) ?? null, after: now.get(field) ?? null }
    return meaning(change.before) === meaning(change.after) ? [] : [{ ...change, risk: riskOf(change) }]
  })
}

/** Every single value by its field; what is left out stands there as its default. */
function leavesOf({ document }: Contract): Map<string, unknown> {
  const leaves = new Map<string, unknown>()
  for (const [name, value] of Object.entries(document)) {
    if (name !== 'version') collect(leaves, value, [name])
  }
  for (const [field, fallback] of Object.entries(FIELD_DEFAULTS)) {
    if (!leaves.has(field)) leaves.set(field, fallback)
  }
  return leaves
}

/** The payload's schema is one thing: its members are not fields of the contract. */
function collect(leaves: Map<string, unknown>, value: unknown, path: Path): void {
  const isLeaf = typeof value !== 'object' || value === null || Object.keys(value).length === 0 || path[0] === 'payload'
  if (isLeaf) leaves.set(fieldName(path), value)
  else {
    for (const [name, child] of Object.entries(value)) {
      collect(leaves, child, [...path, Array.isArray(value) ? Number(name) : name])
    }
  }
}

function meaning(value: unknown): string {
  const rate = parseRate(value)
  if (rate !== null) return `rate ${rate.count} ${rate.windowMs}`
  const ms = parseDuration(value)
  return ms === null ? JSON.stringify(value, sorted) : `duration ${ms}`
}

const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
    : value
