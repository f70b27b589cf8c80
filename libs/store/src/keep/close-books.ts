import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'

export type ClosingRequest = {
  /** Intents in a page: what is counted again each time while it is open. */
  pageRows: number
  /** A page that could not be closed is left alone for so long. */
  againAfterMs: number
  /** What has kept a page open for so long is set apart, so that the rest of the page can be closed. */
  openForMs: number
}

/**
 * Cuts the next page of the books, closes the oldest one that can be closed, and sets apart what keeps one open: each in a
 * transaction of its own. Returns how many of the three there were to do: 0 is the end.
 */
export async function closeBooks(db: Database, request: ClosingRequest): Promise<number> {
  const steps = [
    await cut(db.pool, [request.pageRows]),
    await close(db.pool, [request.againAfterMs]),
    await narrow(db.pool, [request.openForMs]),
  ]
  return steps.flat().filter(({ did }) => did).length
}

type Step = { did: boolean }

const cut = statement<Step>('cut_book_page', 'select readback.cut_book_page($1) as did')

const close = statement<Step>(
  'close_book_page',
  `select readback.close_book_page($1::float8 * interval '1 millisecond') as did`,
)

const narrow = statement<Step>(
  'narrow_book_page',
  `select readback.narrow_book_page($1::float8 * interval '1 millisecond') as did`,
)
