import type { EntryRef, Intake } from './dispatch.ts'
import { pause } from './pause.ts'

/** Where references wait until an intake has room. */
export type Source = {
  /** Resolves once something can be handed over, or when `signal` aborts. */
  filled(signal: AbortSignal): Promise<void>
  /**
   * Gives `use` the oldest references, `limit` at most, and forgets them if it resolves. Calls nothing while none wait
   * or others are in use: a later reference of a key must not overtake an earlier one.
   */
  next(limit: number, use: (refs: readonly EntryRef[]) => Promise<void>): Promise<void>
}

export type OnFailure = (error: unknown, failures: number) => void

const FIRST_BACKOFF_MS = 20
const LONGEST_BACKOFF_MS = 2_000

/** Hands over what waits, slice by slice, until `signal` aborts. Never rejects: what fails is handed over again. */
export async function handOver(
  source: Source,
  intake: Intake,
  signal: AbortSignal,
  onFailure: OnFailure,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      await handOverOnce(source, intake, signal)
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      onFailure(error, failures)
      await pause(backoffMs(failures), signal)
    }
  }
}

async function handOverOnce(source: Source, intake: Intake, signal: AbortSignal): Promise<void> {
  await source.filled(signal)
  if (signal.aborted) return
  const room = await intake.room(signal)
  if (signal.aborted) return
  await source.next(room, (refs) => intake.accept(refs))
}

const backoffMs = (failures: number) => Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS)
