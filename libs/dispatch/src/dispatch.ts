/**
 * The dispatch port: how a reference to an entry travels from one role to the next.
 *
 * A reference is never the payload and never the state. It may come late, twice, or not at all: the rows in Postgres
 * decide what is done with it, and the relay publishes again what got lost.
 */
export const TOPICS = ['deliver', 'verify'] as const
export type Topic = (typeof TOPICS)[number]

export type EntryRef = {
  /** Name of the application database the entry lives in. */
  source: string
  entryId: string
  tenant: string
  effect: string
  key: string
  /** What the order is kept by, within the tenant; the key itself if the producer gave none. */
  orderingKey: string
  /** W3C trace context of the producer, or null. */
  traceparent: string | null
  /** 1 to 9: goes before what has less. Not there where it is 0. */
  priority?: number
}

export type Intake = {
  /**
   * Resolves with how many references may be handed over now (at least 1), once there is room.
   * Rejects only when `signal` aborts.
   */
  room(signal: AbortSignal): Promise<number>
  /**
   * Resolves when the batch is claimed, i.e. durable elsewhere: only then is it forgotten here (the offset is
   * committed). Rejects when it could not be claimed: the same batch is handed over again, with backoff.
   */
  accept(refs: readonly EntryRef[]): Promise<void>
  /**
   * What should have come by the topic long ago: a broker that is away, or a group that has lost a member and shares out its
   * work anew, holds up whatever is in it. A consumer that has nothing else asks for it, and hands it over like the rest; one in
   * this process does not, because nothing gets stuck on the way.
   */
  overdue(): Promise<readonly EntryRef[]>
}

export type Consumer = {
  /** Hands over nothing more, waits for a hand-over in progress, leaves the group. */
  stop(): Promise<void>
}

export type Dispatch = {
  /** Resolves when all are with the broker. Rejects as a whole: the caller publishes again, and doubles are harmless. */
  publish(topic: Topic, refs: readonly EntryRef[]): Promise<void>
  consume(topic: Topic, intake: Intake): Promise<Consumer>
  /**
   * How much is published and not yet accepted: in references, or in the records that carry them. 0 with entries unclaimed
   * means: they got lost.
   */
  backlog(topic: Topic): Promise<number>
  /** True once consumers of this process have their share of the work. */
  ready(): boolean
  close(): Promise<void>
}
