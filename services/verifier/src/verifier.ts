import type { Contract, ContractBook } from '@readback/contract'
import type { Dispatch, EntryRef } from '@readback/dispatch'
import type { LookResult } from '@readback/effects'
import { createSlots, type Reached, type Session } from '@readback/service-kit'
import { type ClaimedLook, claimForLook, type Database } from '@readback/store'
import { createLook } from './look.ts'
import type { VerifierObservation } from './observation.ts'
import { createLookRecorder } from './record.ts'

export type VerifierDeps = {
  db: Database
  dispatch: Dispatch
  contracts: ContractBook
  /** Reads the effect back once; never rejects but by a defect. */
  look: (job: { contract: Contract; claimed: ClaimedLook }, signal: AbortSignal) => Promise<LookResult>
  session: Session
  monotonicMs: () => number
  observe: (observation: VerifierObservation) => void
  reached: Reached
}

export type VerifierOptions = {
  source: string
  leaseMs: number
  /** Looks under way at a time. */
  slots: number
}

export type Verifier = { stop(graceMs: number): Promise<void> }

/** Read back → verdict → settle, look again, call again, or a person. */
export async function startVerifier(deps: VerifierDeps, options: VerifierOptions): Promise<Verifier> {
  const slots = createSlots(options.slots)
  const recorder = createLookRecorder(deps, options)
  const look = createLook(deps, recorder)

  const accept = async (refs: readonly EntryRef[]) => {
    const owner = deps.session.id()
    const entryIds = [...new Set(refs.map((ref) => ref.entryId))]
    const claimed = await claimForLook(deps.db, { owner, leaseMs: options.leaseMs, entryIds })
    deps.observe({ type: 'entries_claimed', topic: 'verify', count: claimed.length, refs: refs.length })
    if (claimed.length > 0) deps.reached('look_claimed')
    slots.take(claimed.length)
    for (const row of claimed) void look({ claimed: row, owner }).finally(() => slots.release(1))
  }
  const consumer = await deps.dispatch.consume('verify', { room: (signal) => slots.room(signal), accept })

  return {
    async stop(graceMs) {
      await consumer.stop()
      await Promise.race([slots.idle(), new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref())])
    },
  }
}
