import { createBell } from '../bell.ts'
import type { EntryRef } from '../dispatch.ts'
import type { Source } from '../hand-over.ts'

/** What one fetch brought from one partition. */
export type Lot = {
  refs: readonly EntryRef[]
  /** Told after each slice how many of `refs` are accepted by now. */
  accepted(count: number): void
}

export type Inbox = Source & {
  isEmpty(): boolean
  /** Resolves when all of the lot are accepted, or when it was abandoned. */
  put(lot: Lot): Promise<void>
  /** Forgets what is not being accepted at the moment; resolves when nothing is. */
  abandon(): Promise<void>
}

type Waiting = Lot & { taken: number; leave: () => void }
type Share = { lot: Waiting; refs: readonly EntryRef[] }

/** Lots of all partitions of a member, handed over together: one claim and one commit for all of them. */
export function createInbox(): Inbox {
  let lots: Waiting[] = []
  let inUse: Promise<void> | null = null
  const changed = createBell()

  const settle = (shares: readonly Share[]) => {
    for (const { lot, refs } of shares) {
      lot.taken += refs.length
      lot.accepted(lot.taken)
      if (lot.taken === lot.refs.length) lot.leave()
    }
    lots = lots.filter((lot) => lot.taken < lot.refs.length)
  }

  const use = async (shares: readonly Share[], accept: (refs: readonly EntryRef[]) => Promise<void>) => {
    await accept(shares.length === 1 && shares[0] ? shares[0].refs : shares.flatMap(({ refs }) => refs))
    settle(shares)
  }

  return {
    isEmpty: () => lots.length === 0,
    put: (lot) =>
      new Promise((leave) => {
        lots.push({ ...lot, taken: 0, leave })
        changed.ring()
      }),
    async filled(signal) {
      while (lots.length === 0 && !signal.aborted) await changed.wait(signal)
    },
    async next(limit, accept) {
      const shares = oldest(lots, limit)
      if (shares.length === 0 || inUse) return
      inUse = use(shares, accept).finally(() => {
        inUse = null
      })
      await inUse
    },
    async abandon() {
      await inUse?.catch(() => {})
      for (const lot of lots) lot.leave()
      lots = []
    },
  }
}

function oldest(lots: readonly Waiting[], limit: number): Share[] {
  const shares: Share[] = []
  let room = limit
  for (const lot of lots) {
    if (room <= 0) break
    const refs = lot.refs.slice(lot.taken, lot.taken + room)
    shares.push({ lot, refs })
    room -= refs.length
  }
  return shares
}
