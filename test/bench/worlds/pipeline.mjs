// What the whole way of an effect needs, shared by all rounds.
import { spawnLossyProvider, startEmbeddedPostgres, startKafka } from '@readback/testing'

/** Settings for a PostgreSQL that says which statements cost what. */
export const COUNTED = { shared_preload_libraries: 'pg_stat_statements' }

/** A provider, a durable PostgreSQL with `settings`, and a broker where `kafka` says so. */
export async function openPipeline({ kafka = false, settings = {} } = {}) {
  const provider = await spawnLossyProvider({ kind: 'keyed' })
  const postgres = await startEmbeddedPostgres({ durable: true, settings })
  const broker = kafka ? await startKafka() : null
  return {
    provider,
    postgres,
    kafka: broker,
    close: () => Promise.all([provider.stop(), postgres.stop(), broker?.stop()]),
  }
}
