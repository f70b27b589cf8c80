import type { Admin } from 'kafkajs'
import { TOPICS } from '../dispatch.ts'
import { type KafkaSettings, topicName } from './kafka-options.ts'

/** Creates the topics that are missing. A cluster that forbids it must have them: then this finds nothing to create. */
export async function ensureTopics(admin: Admin, settings: KafkaSettings): Promise<void> {
  for (const topic of TOPICS) {
    const name = topicName(settings, topic)
    if (await exists(admin, name)) continue
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic: name,
          numPartitions: settings.partitions,
          replicationFactor: settings.replicationFactor,
          // Whatever a foreign producer compresses with, the broker unpacks: kafkajs stops at all codecs but gzip.
          configEntries: [{ name: 'compression.type', value: 'uncompressed' }],
        },
      ],
    })
  }
}

async function exists(admin: Admin, name: string): Promise<boolean> {
  const topics = await admin.listTopics()
  return topics.includes(name)
}
