import { closeBooks } from '@readback/store'
import type { Job } from './job.ts'

/** A fifth of a second to count; of ten billion intents, the pages are still added up at once. */
const CLOSING = { pageRows: 20_000, againAfterMs: 600_000, openForMs: 600_000 }

/** Counts what has settled for good, so that the books stay cheap however much is kept. */
export const closeBooksJob: Job = {
  name: 'books',
  everyMs: 10_000,
  run: ({ db }) => closeBooks(db, CLOSING),
}
