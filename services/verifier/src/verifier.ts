import { type EntryRef, ofSource, refOf } from '@readback/dispatch'
import { createSlots } from '@readback/service-kit'
import { claimForLook, overdueEntries } from '@readback/store'
import { createLook } from './look.ts'
import type { VerifierDeps, VerifierOptions } from './ports.ts'
import { createLookRecorder } from './record.ts'

export type Verifier = { stop(graceMs: number): Promise<void> }

/** Read back → verdict → settle, look again, call again, or a person. */
export async function startVerifier(deps: VerifierDeps, options: VerifierOptions): Promise<Verifier> {
  const slots = createSlots(options.slots)
  const recorder = createLookRecorder(deps, options)
  const look = createLook(deps, recorder)

  const accept = async (refs: readonly EntryRef[]) => {
    const owner = deps.session.id()
    const leaseEndsMs = deps.monotonicMs() + options.leaseMs
    const entryIds = [...new Set(refs.map((ref) => ref.entryId))]
    const claimed = await claimForLook(deps.db, { owner, leaseMs: options.leaseMs, entryIds })
    deps.observe({ type: 'entries_claimed', topic: 'verify', count: claimed.length, refs: refs.length })
    if (claimed.length > 0) deps.reached('look_claimed')
    slots.take(claimed.length)
    for (const row of claimed) void look({ claimed: row, owner, leaseEndsMs }).finally(() => slots.release(1))
  }
  const overdue = async () => (await overdueEntries(deps.db, 'verify')).map((row) => refOf(row, options.source))
  const intake = ofSource(options.source, { room: (signal) => slots.room(signal), accept, overdue })
  const consumer = await deps.dispatch.consume('verify', intake)

  return {
    async stop(graceMs) {
      await consumer.stop()
      await Promise.race([slots.idle(), new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref())])
    },
  }
}
