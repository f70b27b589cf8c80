import { dropWeek, forgetRepeats } from '@readback/store'
import type { Job } from './job.ts'

const REPEATS_MAX = 5_000

/** Drops what is older than it is to be kept, week by week, and only when nobody needs anything of that week any more. */
export const dropWeeksJob: Job = {
  name: 'retention',
  everyMs: 600_000,
  async run({ db, retentionMs, observe }) {
    if (retentionMs === null) return 0
    const week = await dropWeek(db, retentionMs)
    if (week === null) return forgetRepeats(db, retentionMs, REPEATS_MAX)
    observe({ type: 'partitions_dropped', week })
    return 1
  },
}
