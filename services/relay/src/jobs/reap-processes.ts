import { SESSION_LOST_MS } from '@readback/service-kit'
import { reapLostProcesses } from '@readback/store'
import type { Job } from './job.ts'

/** Ends the leases of processes that are not seen any more, long before they run out. */
export const reapProcessesJob: Job = {
  name: 'reap',
  everyMs: 2_000,
  async run({ db, observe }) {
    const count = await reapLostProcesses(db, SESSION_LOST_MS)
    if (count > 0) observe({ type: 'processes_lost', count })
    return count
  },
}
