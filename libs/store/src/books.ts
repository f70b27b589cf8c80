import { sql } from 'kysely'
import type { Database } from './database.ts'

/** committed = pending + live + dead + settled, by one snapshot; `unaccounted` is 0, or something is lost (requirement G2). */
export type Books = {
  committed: number
  pending: number
  live: number
  dead: number
  settled: number
  unaccounted: number
}

/** Reads every intent that is kept: for a look and a slow metric, not for a loop. */
export async function books(db: Database): Promise<Books> {
  const { rows } = await sql<Books>`select * from readback.books`.execute(db.kysely)
  const [row] = rows
  if (!row) throw new Error('an aggregate without groups has one row')
  return row
}
