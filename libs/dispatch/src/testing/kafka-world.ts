import { randomUUID } from 'node:crypto'
import { testKafka, waitFor } from '@readback/testing'
import {
  type Admin,
  CompressionCodecs,
  CompressionTypes,
  Kafka,
  logLevel,
  type Message,
  Partitioners,
  type Producer,
} from 'kafkajs'
import type { Dispatch, Intake } from '../dispatch.ts'
import { createKafkaDispatch, type KafkaDispatch } from '../kafka/kafka-dispatch.ts'
import type { KafkaDispatchOptions } from '../kafka/kafka-options.ts'
import type { DispatchObservation } from '../observation.ts'

export const PATIENCE = { withinMs: 30_000 }

const kafka = await testKafka()
export const noKafka = kafka.is === 'missing'
const sharedBrokers = kafka.is === 'there' ? kafka.brokers : ''

/** Topics and groups of their own on a broker, with dispatches on them and a stranger's clients beside them. */
export type KafkaWorld = {
  topic: string
  group: string
  topicPrefix: string
  brokers: string
  seen: DispatchObservation[]
  open(options?: Partial<KafkaDispatchOptions>): KafkaDispatch
  /** Consumes, and resolves once the group has given it a share. */
  consume(intake: Intake, by?: Dispatch): Promise<{ stop(): Promise<void> }>
  /** Resolves when all that is published has been accepted and committed. */
  settled(): Promise<unknown>
  admin(): Promise<Admin>
  stranger(): Promise<Producer>
  close(): Promise<void>
}

export function createKafkaWorld(brokerList = sharedBrokers): KafkaWorld {
  const brokers = brokerList.split(',')
  const topicPrefix = `t-${randomUUID()}`
  const kafka = new Kafka({ clientId: 'stranger', brokers, logLevel: logLevel.NOTHING })
  const seen: DispatchObservation[] = []
  const opened: Dispatch[] = []
  const closing: (() => Promise<void>)[] = []

  const open = (options: Partial<KafkaDispatchOptions> = {}) => {
    const observe = (observation: DispatchObservation) => void seen.push(observation)
    const short = { sessionTimeoutMs: 3_000, partitions: 3 }
    const dispatch = createKafkaDispatch({ brokers, clientId: 'test', topicPrefix, observe, ...short, ...options })
    opened.push(dispatch)
    return dispatch
  }
  const first = () => opened[0] ?? open()
  const connected = async <Client extends { connect(): Promise<void>; disconnect(): Promise<void> }>(
    client: Client,
  ) => {
    await client.connect()
    closing.push(() => client.disconnect())
    return client
  }

  return {
    topicPrefix,
    brokers: brokerList,
    topic: `${topicPrefix}.deliver.v1`,
    group: `${topicPrefix}-deliver`,
    seen,
    open,
    async consume(intake, by = first()) {
      const consumer = await by.consume('deliver', intake)
      await waitFor('a share of the work', () => by.ready(), PATIENCE)
      return consumer
    },
    settled: () => waitFor('an empty backlog', async () => (await first().backlog('deliver')) === 0, PATIENCE),
    admin: () => connected(kafka.admin()),
    stranger: () => connected(kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })),
    async close() {
      await Promise.all(opened.map((dispatch) => dispatch.close()))
      await Promise.all(closing.map((close) => close()))
    },
  }
}

/** As another client might: kafkajs knows no snappy, neither to write nor, and that is the point, to read. */
export async function sendSnappy(producer: Producer, topic: string, messages: Message[]): Promise<void> {
  const unknown = CompressionCodecs[CompressionTypes.Snappy]
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => asSnappy(buffer),
  })
  try {
    await producer.send({ topic, compression: CompressionTypes.Snappy, messages })
  } finally {
    CompressionCodecs[CompressionTypes.Snappy] = unknown
  }
}

/** One literal: the length as a varint of two bytes, a tag for a length of two bytes, the bytes. */
function asSnappy(plain: Buffer): Buffer {
  const head = Buffer.from([(plain.length & 0x7f) | 0x80, plain.length >> 7, 61 << 2, 0, 0])
  head.writeUInt16LE(plain.length - 1, 3)
  return Buffer.concat([head, plain])
}
