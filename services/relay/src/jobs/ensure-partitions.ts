import { ensurePartitions } from '@readback/store'
import type { Job } from './job.ts'

/** Makes the weekly partitions of the next three weeks. Often, because it gives up when others hold on to the tables. */
export const ensurePartitionsJob: Job = {
  name: 'partitions',
  everyMs: 600_000,
  async run({ db, observe }) {
    const count = await ensurePartitions(db)
    if (count > 0) observe({ type: 'partitions_made', count })
    return count
  },
}
