import type { Admin, Kafka } from 'kafkajs'
import { TOPICS } from '../dispatch.ts'
import { retry } from '../retry.ts'
import { type KafkaSettings, topicName } from './kafka-options.ts'

const SERVED_WITHIN_TRIES = 50

/** How many partitions each topic has, by its name. */
export type PartitionCounts = ReadonlyMap<string, number>

/**
 * Creates the topics that are missing, and resolves with their partitions when they can be used. Needs no right to create if none are.
 * With a client of its own: one that has used a topic fails at everything once that topic is gone.
 */
export async function ensureTopics(kafka: Kafka, settings: KafkaSettings): Promise<PartitionCounts> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    await createMissing(admin, settings)
    const { topics } = await admin.fetchTopicMetadata({ topics: TOPICS.map((topic) => topicName(settings, topic)) })
    return new Map(topics.map(({ name, partitions }) => [name, partitions.length]))
  } finally {
    await admin.disconnect()
  }
}

async function createMissing(admin: Admin, settings: KafkaSettings): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const missing = TOPICS.map((topic) => topicName(settings, topic)).filter((name) => !existing.has(name))
  if (missing.length === 0) return
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map((topic) => ({
      topic,
      numPartitions: settings.partitions,
      replicationFactor: settings.replicationFactor,
      // The broker unpacks what others send compressed: kafkajs cannot read snappy, lz4 and zstd, and would stop.
      configEntries: [{ name: 'compression.type', value: 'uncompressed' }],
    })),
  })
  // A leader is named before it knows: what is sent to it meanwhile is refused in part, and sent again as a whole.
  for (const topic of missing) await retry(SERVED_WITHIN_TRIES, () => admin.fetchTopicOffsets(topic))
}
