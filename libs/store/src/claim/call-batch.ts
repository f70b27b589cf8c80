import type { ClaimedEntry } from './claimed-entry.ts'

export type CallClaimRequest = {
  /** The process that will call, as registered. */
  owner: string
  leaseMs: number
  /** With the time-out of a contract version; entries of another version are given the whole lease. */
  entries: readonly { entryId: string; timeoutMs: number; version: number }[]
}

export type ClaimedCall = ClaimedEntry & {
  /** Why it was put off before this claim; null: it is the first one. */
  waited_for: string | null
  /** It stood in the line for a slot, and asks by itself: nobody has called it up. */
  uncalled: boolean
}

export type CallBatch = {
  /** The ids, and the first and the last of them. */
  readonly within: readonly [ids: readonly string[], first: string | null, last: string | null]
  /** What both claims are given, $1 to $7. */
  readonly values: readonly unknown[]
}

export function batchOf({ owner, leaseMs, entries }: CallClaimRequest): CallBatch {
  const ids = entries.map((entry) => entry.entryId)
  const timeouts = entries.map((entry) => entry.timeoutMs)
  const versions = entries.map((entry) => entry.version)
  const bounds = boundsOf(ids)
  return { within: [ids, ...bounds], values: [ids, timeouts, owner, leaseMs, versions, ...bounds] }
}

/**
 * The first and the last of a batch of ids. Ids are ordered by time and so are the partitions: a statement that is told between which ids its
 * rows are opens the partitions of these, and not one for each week there is, which took it longer than its rows.
 */
function boundsOf(ids: readonly string[]): [first: string | null, last: string | null] {
  let first: string | null = null
  let last: string | null = null
  for (const id of ids.map((each) => each.toLowerCase())) {
    if (first === null || id < first) first = id
    if (last === null || id > last) last = id
  }
  return [first, last]
}

/** Of an intent `o`. */
export const IN_BOUNDS = 'o.entry_id between $6::uuid and $7::uuid'
