/** Where the tests' Kafka comes from. READBACK_TEST_KAFKA=url|docker|jars forces one source. */

import { KAFKA_VERSION } from '../kafka/pom.ts'
import { startKafka } from '../kafka/start-kafka.ts'
import { freePort } from '../process/free-port.ts'
import { needImage } from './docker.ts'
import { firstThatWorks, type Sources } from './first-that-works.ts'

const IMAGE = `apache/kafka:${KAFKA_VERSION}`

export interface KafkaForTests {
  brokers: string
  /** For people: which broker this is. */
  from: string
  stop(): Promise<void>
}

export function startKafkaForTests(): Promise<KafkaForTests> {
  const sources: Sources<KafkaForTests> = { url: givenBrokers, docker: inContainer, jars: fromJars }
  return firstThatWorks('Kafka', sources, process.env['READBACK_TEST_KAFKA'])
}

async function givenBrokers(): Promise<KafkaForTests> {
  const brokers = process.env['TEST_KAFKA_BROKERS']
  if (!brokers) throw new Error('TEST_KAFKA_BROKERS is not set')
  return { brokers, from: 'TEST_KAFKA_BROKERS', stop: async () => {} }
}

async function fromJars(): Promise<KafkaForTests> {
  const broker = await startKafka()
  return { brokers: broker.brokers, from: `Kafka ${KAFKA_VERSION}, its jars on Java`, stop: () => broker.stop() }
}

/** The address that the broker gives to clients has to be known before it starts; and one variable turns all defaults off. */
async function inContainer(): Promise<KafkaForTests> {
  await needImage(IMAGE)
  const { GenericContainer, Wait } = await import('testcontainers')
  const port = await freePort()
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts({ container: 9092, host: port })
    .withEnvironment(environment(port))
    .withWaitStrategy(Wait.forLogMessage('Kafka Server started'))
    .start()
  return {
    brokers: `127.0.0.1:${port}`,
    from: `Kafka ${KAFKA_VERSION}, Docker`,
    stop: async () => void (await container.stop()),
  }
}

const environment = (port: number): Record<string, string> => ({
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
  KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
})
