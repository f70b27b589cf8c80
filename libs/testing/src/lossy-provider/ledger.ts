/** What really happened at the provider: a line for every request, written before its answer is decided. */
import type { FaultName } from './fault.ts'
import type { Direction } from './fault-plan.ts'

export interface LedgerEntry {
  /** From 1, without gaps. */
  seq: number
  atMs: number
  direction: Direction
  method: string
  path: string
  collection: string | null
  key: string | null
  /** The how manieth write, or look, for this key. */
  nth: number
  /** SHA-256 of the body as it came, in hex; null without a body. */
  fingerprint: string | null
  fault: FaultName
  /** How many effects this request has made by now. */
  applied: number
  /** Whether a whole answer was handed to the network. */
  replied: boolean
  status: number | null
}

export type LedgerFilter = (entry: LedgerEntry) => boolean

export const isWrite: LedgerFilter = (entry) => entry.direction === 'writes'

/** The most requests that any half-open window of this length has seen: what a rate limit must keep below its number. */
export function maxCallsInWindow(
  ledger: readonly LedgerEntry[],
  windowMs: number,
  filter: LedgerFilter = isWrite,
): number {
  const times = ledger.filter(filter).map((entry) => entry.atMs)
  times.sort((a, b) => a - b)
  let first = 0
  let most = 0
  times.forEach((time, last) => {
    while ((times[first] ?? time) <= time - windowMs) first += 1
    most = Math.max(most, last - first + 1)
  })
  return most
}
