import type { Database } from './database.ts'
import { statement } from './statement.ts'

export type ClosingRequest = {
  /** Intents in a page: what a dead letter in it makes everybody count again. */
  pageRows: number
  /** A page that could not be closed is left alone for so long. */
  againAfterMs: number
}

/**
 * Cuts the next page of the books and closes the oldest one that can be closed, each in a transaction of its own. Returns how
 * many of the two there were to do: 0 is the end.
 */
export async function closeBooks(db: Database, { pageRows, againAfterMs }: ClosingRequest): Promise<number> {
  const [cutting] = await cut(db.pool, [pageRows])
  const [closing] = await close(db.pool, [againAfterMs])
  return Number(cutting?.did) + Number(closing?.did)
}

const cut = statement<{ did: boolean }>('cut_book_page', 'select readback.cut_book_page($1) as did')

const close = statement<{ did: boolean }>(
  'close_book_page',
  `select readback.close_book_page($1::float8 * interval '1 millisecond') as did`,
)
