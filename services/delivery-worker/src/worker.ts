import { type Consumer, type EntryRef, ofSource, refOf } from '@readback/dispatch'
import { createSlots } from '@readback/service-kit'
import { overdueEntries } from '@readback/store'
import { createCallUp } from './call-up.ts'
import { createClaimer } from './claim.ts'
import { createDelivery } from './deliver.ts'
import type { Job } from './job.ts'
import type { WorkerDeps, WorkerOptions } from './ports.ts'
import { createRecorder } from './record.ts'
import { createRetryBudget } from './retry-budget.ts'

export type Worker = { stop(graceMs: number): Promise<void> }

/** Claim → limits → call → classify → record → hand to verification. */
export async function startWorker(deps: WorkerDeps, options: WorkerOptions): Promise<Worker> {
  const calls = createSlots(options.slots)
  // A call that has ended makes room for the next one while it is written down; if writing is slow, that waits as well.
  const unwritten = createSlots(2 * options.slots)
  const stop = new AbortController()
  // By entry: one whose lease was lost may be claimed here anew while its first call is still under way.
  const held = new Map<string, Job>()
  const budget = createRetryBudget()
  const callUp = createCallUp(deps, options)
  const claim = createClaimer({ ...deps, budget, callUp }, options, (entryId) => held.has(entryId))
  const recorder = createRecorder(deps, options)
  const deliver = createDelivery(deps, stop.signal)

  /** Never rejects: of what it leaves behind, the end of the lease makes an unknown. */
  const run = async (job: Job) => {
    try {
      const delivered = await deliver(job).finally(() => calls.release(1))
      budget.ended(job, delivered)
      if (delivered) await recorder.record(delivered)
      await callUp.whenEnded(job)
    } catch (error) {
      const { entry_id, key, tenant, effect } = job.claimed
      deps.observe({ type: 'delivery_failed', entry_id, key, tenant, effect, error })
    }
  }
  // A claim is all that is waited for: the offset is committed after it, and a slow call holds up nobody.
  const accept = async (refs: readonly EntryRef[]) => {
    const jobs = await claim(refs)
    if (jobs.length > 0) deps.reached('claimed')
    calls.take(jobs.length)
    unwritten.take(jobs.length)
    for (const job of jobs) {
      held.set(job.claimed.entry_id, job)
      void run(job).finally(() => {
        if (held.get(job.claimed.entry_id) === job) held.delete(job.claimed.entry_id)
        unwritten.release(1)
      })
    }
  }
  const room = async (signal: AbortSignal) => {
    const writable = await unwritten.room(signal)
    return Math.min(writable, await calls.room(signal))
  }
  const overdue = async () => (await overdueEntries(deps.db, 'deliver')).map((row) => refOf(row, options.source))
  const intake = ofSource(options.source, { room, accept, overdue })
  const consumer: Consumer = await deps.dispatch.consume('deliver', intake)

  return {
    /** Takes nothing more, lets calls under way end and be written down, for `graceMs` at most. */
    async stop(graceMs) {
      await consumer.stop()
      stop.abort()
      await Promise.race([unwritten.idle(), timeout(graceMs)])
    },
  }
}

const timeout = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())
