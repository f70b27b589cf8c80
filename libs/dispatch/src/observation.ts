import type { Topic } from './dispatch.ts'

/** What is worth noticing in a dispatch. Telemetry turns it into lines and metrics. */
export type DispatchObservation =
  /** `accept`, `room` or `overdue` failed; the same references are handed over again. */
  | { type: 'hand_over_failed'; topic: Topic; failures: number; error: unknown }
  /** What did not come by the topic in time was taken without it. */
  | { type: 'overdue_taken'; topic: Topic; count: number }
  /** `count` records of one fetch are no references and were passed over; offset and reason are the first one's. */
  | { type: 'record_skipped'; topic: Topic; partition: number; offset: string; reason: string; count: number }
  /** This process has its share of the work (possibly none). */
  | { type: 'partitions_assigned'; topic: Topic; partitions: readonly number[] }
  /** The offset stays behind for now: after a crash, references accepted already come again. */
  | { type: 'commit_failed'; topic: Topic; error: unknown }
  /** A consumer ended or stood still; another one takes its place. */
  | { type: 'consumer_replaced'; topic: Topic; reason: 'crashed' | 'silent' | 'topic_gone'; error: unknown }
  /** The producer has no connection yet; it is tried again. */
  | { type: 'connect_failed'; error: unknown }
  /** What the Kafka client itself logs, at warn or error. */
  | { type: 'client_logged'; level: 'warn' | 'error'; message: string; details: Readonly<Record<string, unknown>> }
  /** Not the version of kafkajs whose busy timer and costly encoder can be mended: 2 % of a core when idle. */
  | { type: 'idle_timer_kept'; version: string }

export type Observe = (observation: DispatchObservation) => void
