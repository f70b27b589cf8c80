import type { Dispatch, EntryRef, Topic } from '../dispatch.ts'
import { DispatchClosedError } from '../dispatch-closed-error.ts'
import type { Observe } from '../observation.ts'
import { groupBacklog } from './backlog.ts'
import { intoRequests } from './into-requests.ts'
import { createKafkaConsumer, type KafkaConsumer } from './kafka-consumer.ts'
import { createKafkaLink, type KafkaLink } from './kafka-link.ts'
import {
  groupName,
  type KafkaDispatchOptions,
  type KafkaSettings,
  ofOneSource,
  topicName,
  withDefaults,
} from './kafka-options.ts'
import { patchKafkajs } from './patch-kafkajs.ts'
import { createPublisher } from './publisher.ts'

/** The dispatch of everything that is on the topics, and of each source by itself. */
export type KafkaDispatch = Dispatch & {
  /**
   * Over the same connection, and with consumer groups of its own: of this source alone. Closing it ends its consumers;
   * closing the whole ends all of them, and the connection.
   */
  of(source: string, observe?: Observe): Dispatch
}

/** Dispatch through Kafka, with kafkajs. Its defects, and what is done about them: docs/decisions/0003-kafkajs.md. */
export function createKafkaDispatch(options: KafkaDispatchOptions): KafkaDispatch {
  const settings = withDefaults(options)
  patchKafkajs(settings.observe)
  const link = createKafkaLink(settings)
  const send = (topic: Topic) => (refs: readonly EntryRef[]) =>
    link.use(async ({ producer, partitionsOf }) => {
      const name = topicName(settings, topic)
      for (const messages of intoRequests(refs, partitionsOf(name)))
        await producer.send({ topic: name, acks: -1, messages })
    })
  const shared = {
    link,
    publishers: { deliver: createPublisher(send('deliver')), verify: createPublisher(send('verify')) },
  }
  const whole = openShare(settings, shared)
  const shares = [whole]
  return {
    ...whole,
    of(source, observe = settings.observe) {
      const share = openShare(ofOneSource(settings, source, observe), shared)
      shares.push(share)
      return share
    },
    async close() {
      await Promise.all(shares.map((share) => share.close()))
      await link.close()
    },
  }
}

type Shared = { link: KafkaLink; publishers: Readonly<Record<Topic, (refs: readonly EntryRef[]) => Promise<void>>> }

/** Consumers with groups of their own, over a connection that is closed by others. */
function openShare(settings: KafkaSettings, { link, publishers }: Shared): Dispatch {
  const consumers = new Set<KafkaConsumer>()
  let open = true
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
    },
  }
}
