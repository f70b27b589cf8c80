import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'

/** No older ids are made, unless the clock is set back behind `asOf` (ISO 8601). */
export type IdsFrom = { id: string; asOf: string }

/** Of transactions whose xid is later. */
export type XidMark = { xid: string; madeFrom: IdsFrom }

/**
 * Uses up an xid: the end of a snapshot will not do, since transactions beyond it may have begun long ago, if no later one has ended since.
 *
 * An id is made at the enqueue. A week is given to clocks that are set back, and to an enqueue that waits for another one of its key before it
 * writes: this is only to leave out partitions, and those are weeks.
 */
export async function markXid(db: Database): Promise<XidMark> {
  const [row] = await mark(db.pool, [])
  if (!row) throw new Error('the database gave no xid')
  return { xid: row.xid, madeFrom: { id: row.made_from, asOf: row.as_of } }
}

const mark = statement<{ xid: string; made_from: string; as_of: string }>(
  'mark_xid',
  `select pg_current_xact_id()::text as xid, readback.entry_id_floor(now() - interval '7 days') as made_from, to_json(now()) #>> '{}' as as_of`,
)
