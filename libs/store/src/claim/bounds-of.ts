/**
 * The first and the last of a batch of ids. Ids are ordered by time and so are the partitions: a statement that is told between which ids its
 * rows are opens the partitions of these, and not one for each week there is, which took it longer than its rows.
 */
export function boundsOf(ids: readonly string[]): [first: string | null, last: string | null] {
  let first: string | null = null
  let last: string | null = null
  for (const id of ids.map((each) => each.toLowerCase())) {
    if (first === null || id < first) first = id
    if (last === null || id > last) last = id
  }
  return [first, last]
}
