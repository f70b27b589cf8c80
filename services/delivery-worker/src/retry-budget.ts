import { type Contract, destinationOf } from '@readback/contract'
import { type CallEnd, RETRY_BUDGET, tokensFor } from '@readback/limits'
import { type ClaimedCall, type Queryable, takeRetries } from '@readback/store'
import { groupBy } from './group-by.ts'
import type { Delivered, Job } from './job.ts'

/** Without a token an entry waits, and asks again after so long. */
export type NoToken = { row: ClaimedCall; ms: number }

export type RetryBudget = {
  /** Inside the transaction of a claim: which of the claimed must not be called again now. */
  refused(on: Queryable, limits: ReadonlyMap<string, Contract>, rows: readonly ClaimedCall[]): Promise<NoToken[]>
  /** A token was taken for it, and it is not called. */
  unused(limits: ReadonlyMap<string, Contract>, row: ClaimedCall): void
  ended(job: Job, delivered: Delivered | null): void
}

const NOWHERE = 'effect without a contract'

/**
 * What this process has earned for calling destinations again is kept here, and written only when something is to be called again:
 * first calls, which are most, cost nothing. What is lost with the process makes for fewer calls.
 */
export function createRetryBudget(): RetryBudget {
  const earned = new Map<string, number>()
  const earn = (destination: string, tokens: number) => {
    if (tokens > 0) earned.set(destination, Math.min(RETRY_BUDGET.tokensMax, (earned.get(destination) ?? 0) + tokens))
  }
  const placeOf = (limits: ReadonlyMap<string, Contract>, { effect }: ClaimedCall) => {
    const contract = limits.get(effect)
    return contract ? destinationOf(contract) : NOWHERE
  }

  return {
    async refused(on, limits, rows) {
      const repeated = rows.filter(isRepeated)
      if (repeated.length === 0) return []
      const byPlace = groupBy(repeated, (row) => placeOf(limits, row))
      const requests = [...byPlace].map(([destination, { length: count }]) => {
        const brought = earned.get(destination) ?? 0
        earned.delete(destination)
        return { destination, count, earned: brought }
      })
      const answers = await takeRetries(on, requests, RETRY_BUDGET)
      return answers.flatMap(({ destination, granted, wait_ms }) =>
        (byPlace.get(destination) ?? [])
          .slice(granted)
          .map((row, place) => ({ row, ms: wait_ms + place * RETRY_BUDGET.spacingMs })),
      )
    },
    unused(limits, row) {
      earn(placeOf(limits, row), tokensFor({ isRepeated: isRepeated(row), end: 'not_called' }))
    },
    ended(job, delivered) {
      earn(destinationOf(job.contract), tokensFor({ isRepeated: isRepeated(job.claimed), end: endOf(job, delivered) }))
    },
  }
}

/** Called before, and it came to nothing. A replay counts anew: a person wants it. */
const isRepeated = ({ attempts }: ClaimedCall): boolean => attempts > 1

/** A step before the call that fails burdens the destination as well, though the call itself was never begun. */
function endOf({ contract }: Job, delivered: Delivered | null): CallEnd {
  if (delivered === null) return 'not_called'
  const { outcome, evidence } = delivered.result
  if (evidence.phase === 'blocked' && contract.prepare.length === 0) return 'not_called'
  return outcome === 'success' ? 'succeeded' : 'failed'
}
