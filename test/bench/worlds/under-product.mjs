// The product as its users run it, embedded or over Kafka, at a provider that writes down what arrives.
import { startEmbeddedPostgres, startKafka } from '@readback/testing'
import { openInvoiceDatabase } from './invoice-database.mjs'
import { startProduct } from './product.mjs'
import { startRecordingProvider } from './recording-provider.mjs'

export async function openServers() {
  const postgres = await startEmbeddedPostgres({ durable: true })
  const kafka = await startKafka()
  return { postgres, kafka, close: () => Promise.all([postgres.stop(), kafka.stop()]) }
}

/**
 * Does `work` on a database of its own, with `roles` at work in processes of their own; several of them talk over Kafka.
 * @param {{ postgres: object, kafka: object }} servers
 * @param {{ roles: readonly string[], name: string, round: number }} setup `name` names the database, and the source in Kafka
 * @param {(parts: { provider: object, database: object, product: object }) => Promise<object>} work
 */
export async function underProduct({ postgres, kafka }, { roles, name, round }, work) {
  const overKafka = roles.length > 1
  const source = `${name}_${overKafka ? 'kafka' : 'embedded'}_${round}`
  const provider = await startRecordingProvider()
  const database = await openInvoiceDatabase(postgres.url, source, provider.url)
  const product = await startProduct({
    roles,
    databaseUrl: database.url,
    source,
    ...(overKafka && { brokers: kafka.brokers }),
  })
  const measured = await work({ provider, database, product })
  await product.stop()
  await database.drop()
  await provider.close()
  return measured
}
