import { closeBooks } from '@readback/store'
import type { Job } from '../jobs.ts'

/** A dead letter makes everybody who asks for the books count its whole page again; too many pages would be slow to add up. */
const PAGE_ROWS = 20_000
const AGAIN_AFTER_MS = 600_000

/** Counts what has settled for good, so that the books stay cheap however much is kept. */
export const closeBooksJob: Job = {
  name: 'books',
  everyMs: 10_000,
  run: ({ db }) => closeBooks(db, { pageRows: PAGE_ROWS, againAfterMs: AGAIN_AFTER_MS }),
}
