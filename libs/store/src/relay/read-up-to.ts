import type { IdsFrom, XidMark } from './mark-xid.ts'

/** How far the outbox was read. */
export type ReadUpTo = {
  /** Everything that is visible in it was read. A snapshot's text is xmin:xmax:open,open,... */
  snapshot: string
  /** Of the transaction that follows, everything up to this position was read as well. */
  part: { xid: string; position: number } | null
  /** Whatever is not visible in it has an id from here on; null: not known. */
  openFrom: IdsFrom | null
}

export const startOf = (snapshot: string): ReadUpTo => ({ snapshot, part: null, openFrom: null })

/** After everything that `snapshot` shows. */
export function readOnTo(since: ReadUpTo, snapshot: string, mark: XidMark | null): ReadUpTo {
  const { xmax, open } = bounds(snapshot)
  const hasPassed = mark !== null && (open[0] ?? xmax) >= BigInt(mark.xid)
  return { snapshot, part: null, openFrom: hasPassed ? mark.madeFrom : since.openFrom }
}

/** After a page of what `snapshot` shows, which ends with a row of the transaction `part.xid`. */
export function readPartTo(since: ReadUpTo, snapshot: string, part: { xid: string; position: number }): ReadUpTo {
  return { snapshot: cutSnapshot(since.snapshot, snapshot, part.xid), part, openFrom: since.openFrom }
}

/** On one server it never is, whatever was read later. */
export const isBefore = (one: ReadUpTo, other: ReadUpTo): boolean =>
  bounds(one.snapshot).xmax < bounds(other.snapshot).xmax

/** The first xid beyond all that had ended, and those below it that were open. Later ones may have been given out long before. */
export function bounds(snapshot: string): { xmax: bigint; open: bigint[] } {
  const [, xmax = '1', open = ''] = snapshot.split(':')
  return { xmax: BigInt(xmax), open: open === '' ? [] : open.split(',').map(BigInt) }
}

/** The snapshot in which is visible what is visible in `since`, and of what is visible in `seen`, whatever is older than `xid`. */
function cutSnapshot(since: string, seen: string, xid: string): string {
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
