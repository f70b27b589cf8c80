import { existsSync } from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'
import { expect, it } from 'vitest'
import { testKafka } from '../real-parts/test-kafka.ts'
import { waitFor } from '../wait-for.ts'
import { prepareKafka } from './prepare-kafka.ts'
import { type KafkaBroker, startKafka } from './start-kafka.ts'

const canStart = await prepareKafka().then(
  () => true,
  () => false,
)

const topicsOf = async (brokers: string): Promise<string[]> => {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  return admin.listTopics().finally(() => admin.disconnect())
}

const createTopic = async ({ brokers }: KafkaBroker, topic: string): Promise<void> => {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic }], waitForLeaders: true }).finally(() => admin.disconnect())
}

it.skipIf(!canStart && !process.env['CI'])(
  'a broker keeps its topics when it is killed, and leaves no file behind when it stops',
  async () => {
    const broker = await startKafka()
    await createTopic(broker, 'kept')
    await broker.kill9()
    await broker.restart()
    await waitFor('the topic', async () => (await topicsOf(broker.brokers)).includes('kept'), { withinMs: 20_000 })
    await broker.stop()
    expect(existsSync(broker.dir)).toBe(false)
  },
)

const shared = await testKafka()

it.skipIf(shared.is === 'missing')('the broker that tests share answers', async () => {
  expect(shared.is === 'there' && (await topicsOf(shared.brokers))).toBeInstanceOf(Array)
})
