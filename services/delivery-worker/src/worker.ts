import { type Consumer, type EntryRef, ofSource } from '@readback/dispatch'
import { createSlots } from '@readback/service-kit'
import { createClaimer } from './claim.ts'
import { createDelivery } from './deliver.ts'
import type { WorkerDeps, WorkerOptions } from './ports.ts'
import { createRecorder } from './record.ts'

export type Worker = { stop(graceMs: number): Promise<void> }

/** Claim → limits → call → classify → record → hand to verification. */
export async function startWorker(deps: WorkerDeps, options: WorkerOptions): Promise<Worker> {
  const slots = createSlots(options.slots)
  const stop = new AbortController()
  const claim = createClaimer(deps, options)
  const recorder = createRecorder(deps, options)
  const deliver = createDelivery(deps, recorder, stop.signal)

  // A claim is all that is waited for: the offset is committed after it, and a slow call holds up nobody.
  const accept = async (refs: readonly EntryRef[]) => {
    const jobs = await claim(refs)
    if (jobs.length > 0) deps.reached('claimed')
    slots.take(jobs.length)
    for (const job of jobs) void deliver(job).finally(() => slots.release(1))
  }
  const intake = ofSource(options.source, { room: (signal) => slots.room(signal), accept })
  const consumer: Consumer = await deps.dispatch.consume('deliver', intake)

  return {
    /** Takes nothing more, lets calls under way end and be written down, for `graceMs` at most. */
    async stop(graceMs) {
      await consumer.stop()
      stop.abort()
      await Promise.race([slots.idle(), timeout(graceMs)])
    },
  }
}

const timeout = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())
