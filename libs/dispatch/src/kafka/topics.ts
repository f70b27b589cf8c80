import type { Admin } from 'kafkajs'
import { TOPICS } from '../dispatch.ts'
import { type KafkaSettings, topicName } from './kafka-options.ts'

/** Creates the topics that are missing, and resolves when they have leaders. Needs no right to create if none are. */
export async function ensureTopics(admin: Admin, settings: KafkaSettings): Promise<void> {
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
}
