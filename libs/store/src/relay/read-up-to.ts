/** How far the outbox was read. */
export type ReadUpTo = {
  /** Everything that is visible in it was read. A snapshot's text is xmin:xmax:open,open,... */
  snapshot: string
  /** Of the transaction that follows, everything up to this position was read as well. */
  part: { xid: string; position: number } | null
}

export const startOf = (snapshot: string): ReadUpTo => ({ snapshot, part: null })

/** On one server it never is, whatever was read later. */
export const isBefore = (one: ReadUpTo, other: ReadUpTo): boolean =>
  bounds(one.snapshot).xmax < bounds(other.snapshot).xmax

/** The first xid that was not yet given out, and those below it that were open. */
export function bounds(snapshot: string): { xmax: bigint; open: bigint[] } {
  const [, xmax = '1', open = ''] = snapshot.split(':')
  return { xmax: BigInt(xmax), open: open === '' ? [] : open.split(',').map(BigInt) }
}

/** The snapshot in which is visible what is visible in `since`, and of what is visible in `seen`, whatever is older than `xid`. */
export function cutSnapshot(since: string, seen: string, xid: string): string {
  const [before, now, cut] = [bounds(since), bounds(seen), BigInt(xid)]
  if (cut >= before.xmax)
    return snapshotText(
      cut,
      now.open.filter((each) => each < cut),
    )
  return snapshotText(
    before.xmax,
    before.open.filter((each) => each >= cut || now.open.includes(each)),
  )
}

const snapshotText = (xmax: bigint, open: readonly bigint[]) => `${open[0] ?? xmax}:${xmax}:${open.join(',')}`
