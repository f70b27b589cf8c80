import type { Contract } from '@readback/contract'
import { PRIORITY_STEP_MS } from '@readback/dispatch'
import type { ClaimedCall, Queryable } from '@readback/store'
import type { WorkerObservation } from './observation.ts'
import type { RetryBudget } from './retry-budget.ts'

export type Limits = ReadonlyMap<string, Contract>

/** What decides about the entries of one claim, within its transaction. */
export type Admission = {
  client: Queryable
  limits: Limits
  budget: RetryBudget
  monotonicMs: () => number
  /** In [0, 1). */
  random: () => number
  observe: (observation: WorkerObservation) => void
}

/** Why a claimed entry is put off. */
export const REASONS = ['rate_limit', 'concurrency', 'retry_budget'] as const

export type Wait = { row: ClaimedCall; ms: number; reason: (typeof REASONS)[number] }

/** Whoever was committed first goes first; a step of priority counts as that much waiting. */
export const byPlace = (one: ClaimedCall, other: ClaimedCall): number => waitedMs(other) - waitedMs(one)

const waitedMs = ({ since_commit_ms, priority }: ClaimedCall): number => since_commit_ms + priority * PRIORITY_STEP_MS
