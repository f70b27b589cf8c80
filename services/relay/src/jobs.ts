import { runLoop } from '@readback/service-kit'
import { closeBooksJob } from './jobs/close-books.ts'
import { dropWeeksJob } from './jobs/drop-weeks.ts'
import { ensurePartitionsJob } from './jobs/ensure-partitions.ts'
import { expireEntriesJob } from './jobs/expire-entries.ts'
import { expireKeysJob } from './jobs/expire-keys.ts'
import { expireLeasesJob } from './jobs/expire-leases.ts'
import { findEndedJob } from './jobs/find-ended.ts'
import type { Job, JobDeps } from './jobs/job.ts'
import { reapProcessesJob } from './jobs/reap-processes.ts'

/** What keeps the whole database in order, by one relay: the one that leads shard 0. */
export const JOBS: readonly Job[] = [
  findEndedJob,
  expireLeasesJob,
  expireEntriesJob,
  reapProcessesJob,
  closeBooksJob,
  expireKeysJob,
  ensurePartitionsJob,
  dropWeeksJob,
]

// A job that may be run once an hour is run at once by whoever takes over.
const ASK_MS = 500
const BETWEEN_PORTIONS_MS = 10

type JobLoop = JobDeps & { leads: () => boolean; monotonicMs: () => number; signal: AbortSignal }

/** Runs every job when it is due, where this relay leads. Resolves when they have ended after `signal`. */
export async function runJobs(deps: JobLoop, jobs: readonly Job[] = JOBS): Promise<void> {
  await Promise.all(
    jobs.map((job) =>
      runLoop({
        name: job.name,
        runOnce: whenDue(deps, job),
        idleMs: { first: BETWEEN_PORTIONS_MS, max: Math.min(job.everyMs, ASK_MS) },
        signal: deps.signal,
        observe: deps.observe,
      }),
    ),
  )
}

function whenDue(deps: JobLoop, job: Job): () => Promise<number> {
  let dueAtMs = Number.NEGATIVE_INFINITY
  return async () => {
    if (!deps.leads() || deps.monotonicMs() < dueAtMs) return 0
    const did = await job.run(deps)
    if (did === 0) dueAtMs = deps.monotonicMs() + job.everyMs
    return did
  }
}
