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

/** The ids of a batch, and the first and the last of them. */
export type Within = readonly [ids: readonly string[], first: string | null, last: string | null]

/**
 * Ids are ordered by time and so are the partitions: a statement that is told between which ids its rows are opens the partitions of these,
 * and not one for each week there is, which took it longer than its rows.
 */
export function within(entries: CallClaimRequest['entries']): Within {
  const ids = entries.map((entry) => entry.entryId)
  let first: string | null = null
  let last: string | null = null
  for (const id of ids.map((each) => each.toLowerCase())) {
    if (first === null || id < first) first = id
    if (last === null || id > last) last = id
  }
  return [ids, first, last]
}
