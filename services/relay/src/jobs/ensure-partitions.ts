import { ensurePartitions } from '@readback/store'
import type { Job } from '../jobs.ts'

/** Makes the weekly partitions of the next two months. */
export const ensurePartitionsJob: Job = {
  name: 'partitions',
  everyMs: 3_600_000,
  run: ({ db }) => ensurePartitions(db),
}
