import { expireLeases } from '@readback/store'
import type { Job } from './job.ts'

const PORTION_ROWS = 500

/** What a lost process was doing becomes an unknown outcome. Whoever reads the outbox says whether there is any. */
export const expireLeasesJob: Job = {
  name: 'expire',
  everyMs: 1_000,
  async run({ db, wake, observe }) {
    if (!wake.has('expired')) return 0
    const { calls, looks } = await expireLeases(db, PORTION_ROWS)
    if (calls + looks > 0) observe({ type: 'leases_expired', calls, looks })
    else wake.done('expired')
    return calls + looks
  },
}
