import { expireEntries } from '@readback/store'
import type { Job } from './job.ts'

const PORTION_ROWS = 500

/** Ends what waits for a call that is not worth anything any more. */
export const expireEntriesJob: Job = {
  name: 'expire_entries',
  everyMs: 1_000,
  async run({ db, observe }) {
    const ended = await expireEntries(db, PORTION_ROWS)
    for (const entry of ended) observe({ type: 'entry_settled', state: 'expired', ...entry })
    return ended.length
  },
}
