import { type Admin, Partitioners, type Producer } from 'kafkajs'
import { within } from '../deadline.ts'
import type { Dispatch, EntryRef, Topic } from '../dispatch.ts'
import { DispatchClosedError } from '../dispatch-closed-error.ts'
import { pause } from '../pause.ts'
import { groupBacklog } from './backlog.ts'
import { clientLog } from './client-log.ts'
import { stopIdleTimer } from './idle-timer-patch.ts'
import { createKafkaClient } from './kafka-client.ts'
import { createKafkaConsumer, type KafkaConsumer } from './kafka-consumer.ts'
import { groupName, type KafkaDispatchOptions, topicName, withDefaults } from './kafka-options.ts'
import { toRecord } from './record.ts'
import { ensureTopics } from './topics.ts'

export type { KafkaDispatchOptions }

export function createKafkaDispatch(options: KafkaDispatchOptions): Dispatch {
  const settings = withDefaults(options)
  stopIdleTimer(settings.observe)
  const client = createKafkaClient(settings, clientLog(settings.observe))
  const producer: Producer = client.kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: false,
    allowAutoTopicCreation: false,
    retry: { retries: 2 },
  })
  const admin: Admin = client.kafka.admin({ retry: { retries: 2 } })
  const consumers = new Set<KafkaConsumer>()
  const closing = new AbortController()
  let connected = false
  const connecting = (async () => {
    while (!closing.signal.aborted) {
      try {
        await admin.connect()
        await ensureTopics(admin, settings)
        await producer.connect()
        connected = true
        return
      } catch (error) {
        settings.observe({ type: 'connect_failed', error })
        await pause(1000, closing.signal)
      }
    }
  })()

  return {
    async publish(topic: Topic, refs: readonly EntryRef[]) {
      if (closing.signal.aborted) throw new DispatchClosedError()
      if (!connected) await within(10_000, 'Connecting to Kafka', connecting)
      await producer.send({
        topic: topicName(settings, topic),
        acks: -1,
        messages: refs.map((r) => toRecord(r)),
      })
    },
    async consume(topic, intake) {
      if (closing.signal.aborted) throw new DispatchClosedError()
      const consumer = createKafkaConsumer(settings, topic, intake, () => connecting)
      consumers.add(consumer)
      return {
        async stop() {
          await consumer.stop()
          consumers.delete(consumer)
        },
      }
    },
    async backlog(topic) {
      if (!connected) await within(10_000, 'Connecting to Kafka', connecting)
      return groupBacklog(admin, groupName(settings, topic), topicName(settings, topic))
    },
    ready: () => connected && [...consumers].every((c) => c.ready()),
    async close() {
      closing.abort()
      await Promise.all([...consumers].map((c) => c.stop()))
      await connecting
      await Promise.all([producer.disconnect(), admin.disconnect()])
      client.cut()
    },
  }
}
