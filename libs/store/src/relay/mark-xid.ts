import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'

/** Transactions whose xid is later make ids from `madeFrom` on, and no older ones. */
export type XidMark = { xid: string; madeFrom: string }

/**
 * Uses up an xid: the end of a snapshot will not do, since transactions beyond it may have begun long ago, if no later one has ended since.
 *
 * An id is made at the enqueue. A week is given to clocks that are set back, and to an enqueue that waits for another one of its key before it
 * writes: this is only to leave out partitions, and those are weeks.
 */
export async function markXid(db: Database): Promise<XidMark> {
  const [row] = await mark(db.pool, [])
  if (!row) throw new Error('the database gave no xid')
  return { xid: row.xid, madeFrom: row.made_from }
}

const mark = statement<{ xid: string; made_from: string }>(
  'mark_xid',
  `select pg_current_xact_id()::text as xid, readback.entry_id_floor(now() - interval '7 days') as made_from`,
)
