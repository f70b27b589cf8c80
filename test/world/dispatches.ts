import { testKafka } from '@readback/testing'

export type DispatchChoice = { over: string; kafkaBrokers?: string }

/** In process always; over Kafka where there is one. For `describe.each`. */
export async function dispatches(): Promise<DispatchChoice[]> {
  const kafka = await testKafka()
  const overKafka = kafka.is === 'there' ? [{ over: 'over Kafka', kafkaBrokers: kafka.brokers }] : []
  return [{ over: 'in process' }, ...overKafka]
}
