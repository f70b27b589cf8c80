import { type Database, type HeldPlace, markEnded } from '@readback/store'
import type { Job } from './job.ts'

const PAGE_ROWS = 1_000

/** Where the walk through a database is; not there: at its end, the next one starts anew. */
const walks = new WeakMap<Database, HeldPlace>()

/** Finds what is held for something that is over, and was not told: a page a round, from where the last one ended. */
export const findEndedJob: Job = {
  name: 'find_ended',
  everyMs: 2_000,
  async run({ db, observe }) {
    const { marked, next } = await markEnded(db, { after: walks.get(db) ?? null, pageRows: PAGE_ROWS })
    if (next) walks.set(db, next)
    else walks.delete(db)
    if (marked > 0) observe({ type: 'lost_marks_found', count: marked })
    return marked
  },
}
