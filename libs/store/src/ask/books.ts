import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'

/** committed = pending + live + dead + settled, by one snapshot; `unaccounted` is 0, or something is lost (requirement G2). */
export type Books = {
  committed: number
  pending: number
  live: number
  dead: number
  settled: number
  unaccounted: number
}

/** Counts what is not in a closed page; what is in one was counted when it was closed. */
export async function books(db: Database): Promise<Books> {
  return first((await sql<Books>`select * from readback.books`.execute(db.kysely)).rows)
}

/**
 * How many rows the books miss that were there when their page was closed: 0, or they were deleted by hand. Reads every intent
 * that is kept, so it gives up after `withinMs`: null.
 */
export async function missingFromBooks(db: Database, withinMs: number): Promise<number | null> {
  return db.kysely.transaction().execute(async (trx) => {
    await sql`select set_config('statement_timeout', ${String(withinMs)}, true)`.execute(trx)
    try {
      return first((await missing.execute(trx)).rows).rows
    } catch (error) {
      if (isTimeout(error)) return null
      throw error
    }
  })
}

const missing = sql<{ rows: number }>`
  select abs(b.committed - r.committed) + abs(b.settled - r.settled) as rows
  from readback.books b cross join readback.books_recounted r`

const isTimeout = (error: unknown) => error instanceof Error && 'code' in error && error.code === '57014'

function first<Row>(rows: readonly Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new Error('an aggregate without groups has one row')
  return row
}
