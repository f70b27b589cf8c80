// The whole way of effects, in a process of its own, against servers that all rounds share.
import { fileURLToPath } from 'node:url'
import { spawnLossyProvider, startEmbeddedPostgres, startKafka } from '@readback/testing'
import { inFreshProcess } from '../frame/in-fresh-process.mjs'

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

/** Runs a script of test/bench/pipeline, and sees to it that the provider holds just what was asked for. */
export async function runPipeline(name, { provider, postgres, kafka }, { profile, ...options }) {
  const file = fileURLToPath(new URL(`../pipeline/${name}.mjs`, import.meta.url))
  await provider.reset()
  const measured = await inFreshProcess(
    file,
    {
      providerUrl: provider.url,
      databaseUrl: postgres.url,
      postgresPid: postgres.pid,
      brokers: kafka?.brokers ?? null,
      ...options,
    },
    { profileTo: profile },
  )
  const asked = options.effects + (options.warmUp ?? 0)
  const there = (await provider.effects()).length
  if (there !== asked) throw new Error(`${name}: ${there} effects are there, and ${asked} were asked for`)
  return measured
}
