import type { Topic } from './dispatch.ts'

/** What is worth noticing in a dispatch. Telemetry turns it into lines and metrics. */
export type DispatchObservation =
  /** `accept` or `room` failed; the same references are handed over again. */
  { type: 'hand_over_failed'; topic: Topic; failures: number; error: unknown }

export type Observe = (observation: DispatchObservation) => void
