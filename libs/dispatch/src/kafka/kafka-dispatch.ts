import type { Dispatch, EntryRef, Topic } from '../dispatch.ts'
import { DispatchClosedError } from '../dispatch-closed-error.ts'
import { groupBacklog } from './backlog.ts'
import { createKafkaConsumer, type KafkaConsumer } from './kafka-consumer.ts'
import { createKafkaLink } from './kafka-link.ts'
import { groupName, type KafkaDispatchOptions, topicName, withDefaults } from './kafka-options.ts'
import { patchKafkajs } from './patch-kafkajs.ts'
import { createPublisher } from './publisher.ts'
import { toRecord } from './record.ts'

// Of the longest keys there are, and all in one partition, 500 still fit into a request of 1 MB.
const LARGEST_SEND = 500

/** Dispatch through Kafka, with kafkajs. Its defects, and what is done about them: docs/decisions/0003-kafkajs.md. */
export function createKafkaDispatch(options: KafkaDispatchOptions): Dispatch {
  const settings = withDefaults(options)
  patchKafkajs(settings.observe)
  const link = createKafkaLink(settings)
  const consumers = new Set<KafkaConsumer>()
  let open = true

  const send = (topic: Topic) => (refs: readonly EntryRef[]) =>
    link.use(async ({ producer }) => {
      for (const slice of inSlices(refs)) {
        await producer.send({ topic: topicName(settings, topic), acks: -1, messages: slice.map(toRecord) })
      }
    })
  const publishers = { deliver: createPublisher(send('deliver')), verify: createPublisher(send('verify')) }

  return {
    async publish(topic, refs) {
      if (!open) throw new DispatchClosedError()
      await publishers[topic](refs)
    },
    async consume(topic, intake) {
      if (!open) throw new DispatchClosedError()
      const consumer = createKafkaConsumer({ settings, topic, intake, prepare: link.ensureTopics })
      consumers.add(consumer)
      return {
        async stop() {
          await consumer.stop()
          consumers.delete(consumer)
        },
      }
    },
    backlog: (topic) =>
      link.use(({ admin }) => groupBacklog(admin, groupName(settings, topic), topicName(settings, topic))),
    ready: () => open && link.connected() && [...consumers].every((consumer) => consumer.assigned()),
    async close() {
      open = false
      await Promise.all([...consumers].map((consumer) => consumer.stop()))
      await link.close()
    },
  }
}

function* inSlices(refs: readonly EntryRef[]): Generator<readonly EntryRef[]> {
  for (let at = 0; at < refs.length; at += LARGEST_SEND) yield refs.slice(at, at + LARGEST_SEND)
}
