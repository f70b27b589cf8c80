import type { Admin, Kafka, PartitionerArgs, Producer } from 'kafkajs'
import { within } from '../deadline.ts'
import { DispatchClosedError } from '../dispatch-closed-error.ts'
import { pause } from '../pause.ts'
import { clientLog } from './client-log.ts'
import { createKafkaClient } from './kafka-client.ts'
import type { KafkaSettings } from './kafka-options.ts'
import { partitionOf } from './partition-of.ts'
import { ensureTopics } from './topics.ts'

type Connected = {
  producer: Producer
  admin: Admin
  /** Of a topic, as the producer last saw it. */
  partitionsOf(topicName: string): number
}

/** The producer and the admin client of a dispatch: connected in the background, for as long as that takes. */
export type KafkaLink = {
  /**
   * Does something with the clients, once they are connected and the topics exist. Rejects after 10 s without a broker.
   * After a failure the next use looks at the topics first: one may have been deleted.
   */
  use<Result>(work: (clients: Connected) => Promise<Result>): Promise<Result>
  /** Creates the topics that are missing. */
  ensureTopics(): Promise<void>
  connected(): boolean
  close(): Promise<void>
}

const CONNECT_MS = 10_000
const RECONNECT_AFTER_MS = 1_000
const DISCONNECT_MS = 2_000
// To reach a broker: about 2 s, and then again.
const CONNECT_RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 }
// With the client's request time-out: a publish to a broker that hangs fails after about 15 s, and is repeated.
const RETRY = { retries: 2 }

export function createKafkaLink(settings: KafkaSettings): KafkaLink {
  const client = createKafkaClient(settings, CONNECT_RETRY, clientLog(settings.observe))
  const admin = client.kafka.admin({ retry: RETRY })
  const partitions = new Map<string, number>()
  const producer = createProducer(client.kafka, partitions)
  const closing = new AbortController()
  let connected = false
  let topicsTrusted = false

  const trustTopics = async () => {
    if (topicsTrusted) return
    for (const [name, count] of await ensureTopics(client.kafka, settings)) partitions.set(name, count)
    topicsTrusted = true
  }
  const connect = async () => {
    await trustTopics()
    await admin.connect()
    await producer.connect()
    connected = true
  }
  const disconnect = () =>
    within(DISCONNECT_MS, 'Disconnecting from Kafka', Promise.all([producer.disconnect(), admin.disconnect()]))
  const connecting = (async () => {
    while (!connected && !closing.signal.aborted) {
      await connect().catch(async (error: unknown) => {
        settings.observe({ type: 'connect_failed', error })
        await pause(RECONNECT_AFTER_MS, closing.signal)
      })
    }
  })()

  return {
    async use(work) {
      if (!connected) await within(CONNECT_MS, 'Connecting to Kafka', connecting)
      if (closing.signal.aborted) throw new DispatchClosedError()
      await trustTopics()
      try {
        return await work({ producer, admin, partitionsOf: (name) => partitions.get(name) ?? 1 })
      } catch (error) {
        topicsTrusted = false
        throw error
      }
    },
    ensureTopics: async () => void (await ensureTopics(client.kafka, settings)),
    connected: () => connected,
    async close() {
      closing.abort()
      if (connected) await disconnect().catch(() => {})
      client.cut()
      await connecting
    },
  }
}

const createProducer = (kafka: Kafka, partitions: Map<string, number>) =>
  kafka.producer({
    createPartitioner: () => byKey(partitions),
    allowAutoTopicCreation: false,
    // An idempotent producer of kafkajs loses: after an answer that got lost, the next message takes its number.
    idempotent: false,
    retry: RETRY,
  })

/**
 * By the record key alone, which is that of the first reference. The producer looks at its topics every few minutes, so
 * where one has grown this is heard here, and what was put together for fewer partitions still comes to one that is there.
 */
const byKey =
  (partitions: Map<string, number>) =>
  ({ topic, partitionMetadata, message }: PartitionerArgs): number => {
    partitions.set(topic, partitionMetadata.length)
    return partitionOf(String(message.key), partitionMetadata.length)
  }
