import { createBell } from '../bell.ts'
import type { EntryRef } from '../dispatch.ts'
import type { Source } from '../hand-over.ts'

/** What one fetch brought from one partition; possibly nothing but what was passed over. */
export type Lot = {
  refs: readonly EntryRef[]
  /**
   * Told after each slice how many of `refs` are accepted by now; of lots without any, once all are that came before. Lots are
   * told in the order in which they came.
   */
  accepted(count: number): void
}

export type Inbox = Source & {
  isEmpty(): boolean
  /**
   * Resolves when none of the lot waits any more, though the last of it may still be in use: what is next may be
   * fetched meanwhile. With false when the lot was dropped instead.
   */
  put(lot: Lot): Promise<boolean>
  /** Forgets what of the lot is not in use at the moment; resolves when nothing is. */
  drop(lot: Lot): Promise<void>
  /** Forgets all lots at once, also those in use: they are told nothing more. */
  forget(): void
  /** Forgets what is not in use at the moment; resolves when nothing is. */
  abandon(): Promise<void>
}

type Waiting = { lot: Lot; taken: number; leave: (whole: boolean) => void }
type Share = { of: Waiting; refs: readonly EntryRef[] }

/** Lots of all partitions of a member, handed over together: one claim and one commit for all of them. */
export function createInbox(): Inbox {
  let waiting: Waiting[] = []
  let inUse: Promise<void> | null = null
  const changed = createBell()

  /** As they came: told of a later one first, a partition would be read on behind what is not accepted. */
  const tell = () => {
    for (let first = waiting[0]; first; first = waiting[0]) {
      const { lot, taken, leave } = first
      if (taken > 0 || lot.refs.length === 0) lot.accepted(taken)
      if (taken < lot.refs.length) return
      leave(true)
      waiting.shift()
    }
  }

  const use = async (shares: readonly Share[], accept: (refs: readonly EntryRef[]) => Promise<void>) => {
    for (const { of, refs } of shares) if (of.taken + refs.length === of.lot.refs.length) of.leave(true)
    await accept(shares.length === 1 && shares[0] ? shares[0].refs : shares.flatMap(({ refs }) => refs))
    for (const { of, refs } of shares) of.taken += refs.length
    tell()
  }

  const forget = () => {
    for (const { leave } of waiting) leave(false)
    waiting = []
  }

  return {
    isEmpty: () => waiting.length === 0,
    put: (lot) =>
      new Promise((leave) => {
        waiting.push({ lot, taken: 0, leave })
        if (lot.refs.length > 0) changed.ring()
        else if (waiting.length === 1) tell()
      }),
    async filled(signal) {
      while (waiting.length === 0 && !signal.aborted) await changed.wait(signal)
    },
    async next(limit, accept) {
      const shares = oldest(waiting, limit)
      if (shares.length === 0 || inUse) return
      inUse = use(shares, accept).finally(() => {
        inUse = null
      })
      await inUse
    },
    async drop(lot) {
      await inUse?.catch(() => {})
      for (const one of waiting) if (one.lot === lot) one.leave(false)
      waiting = waiting.filter((one) => one.lot !== lot)
      tell()
    },
    forget,
    async abandon() {
      await inUse?.catch(() => {})
      forget()
    },
  }
}

function oldest(waiting: readonly Waiting[], limit: number): Share[] {
  const shares: Share[] = []
  let room = limit
  for (const of of waiting) {
    if (room <= 0) break
    const refs = of.lot.refs.slice(of.taken, of.taken + room)
    if (refs.length > 0) shares.push({ of, refs })
    room -= refs.length
  }
  return shares
}
