import type { Database } from '@readback/store'
import type { RelayObservation } from '../observation.ts'
import type { Wake } from '../wake.ts'

export type JobDeps = {
  db: Database
  wake: Pick<Wake, 'has' | 'done'>
  observe: (observation: RelayObservation) => void
  /** How long intents, attempts and receipts are kept; null: for ever. */
  retentionMs: number | null
}

/**
 * Small, bounded, and safe to repeat: for a moment two relays may believe that they lead, and a process may die in the
 * middle of one.
 */
export type Job = {
  /** Names it where a failure is observed. */
  name: string
  /** The rest after a round that found nothing to do; a round that did something is followed by the next one. */
  everyMs: number
  /** Does a bounded portion of what there is to do; returns how much. 0: that was all for now. */
  run: (deps: JobDeps) => Promise<number>
}
