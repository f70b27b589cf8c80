import type { ContractBook } from '@readback/contract'
import type { Consumer, Dispatch, EntryRef } from '@readback/dispatch'
import type { CallResult } from '@readback/effects'
import { createSlots, type Reached, type Session } from '@readback/service-kit'
import type { ClaimedCall, Database } from '@readback/store'
import { createClaimer } from './claim.ts'
import { createDelivery } from './deliver.ts'
import type { WorkerObservation } from './observation.ts'
import { createRecorder } from './record.ts'

export type WorkerDeps = {
  db: Database
  dispatch: Dispatch
  contracts: ContractBook
  /** Calls the provider once; never rejects but by a defect. */
  call: (
    job: { contract: Awaited<ReturnType<ContractBook['version']>>; claimed: ClaimedCall },
    signal: AbortSignal,
  ) => Promise<CallResult>
  session: Session
  monotonicMs: () => number
  /** In [0, 1). */
  random: () => number
  observe: (observation: WorkerObservation) => void
  reached: Reached
}

export type WorkerOptions = {
  source: string
  leaseMs: number
  /** Calls under way at a time. */
  slots: number
}

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
  const consumer: Consumer = await deps.dispatch.consume('deliver', { room: (signal) => slots.room(signal), accept })

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
