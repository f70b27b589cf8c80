// How long after its commit the first byte of the call of an intent is at the provider, embedded and over Kafka.
//
//   npm run bench -- first-byte [--intents 2000] [--rate 200] [--rounds 7] [--json]
//
// From when the producer has heard of the commit until the provider has the request. The roles are the built product's processes, as a user
// runs them: one `readback all`; or a relay, a worker and a verifier.
import { startEmbeddedPostgres, startKafka } from '@readback/testing'
import { latency } from './frame/latency.mjs'
import { runBench } from './frame/run-bench.mjs'
import { commitAtRate } from './worlds/commit-at-rate.mjs'
import { openInvoiceDatabase } from './worlds/invoice-database.mjs'
import { KAFKA_ROLES, startProduct } from './worlds/product.mjs'
import { startRecordingProvider } from './worlds/recording-provider.mjs'

const DONE_WITHIN_MS = 60_000

const lower = { unit: 'ms', better: 'lower' }

await runBench(
  {
    name: 'first-byte',
    about: 'from the commit of an intent until the first byte of its call is at the provider',
    options: {
      intents: { type: 'string', default: '2000' },
      'warm-up': { type: 'string', default: '1000' },
      rate: { type: 'string', default: '200' },
    },
    rounds: 7,
    open,
    sides: { embedded: side(['all']), kafka: side(KAFKA_ROLES) },
    figures: [
      { name: 'embedded, p50', ...lower, of: ({ embedded }) => embedded.p50Ms },
      { name: 'embedded, p99', ...lower, floor: 5, aim: 3, of: ({ embedded }) => embedded.p99Ms },
      { name: 'over Kafka, p50', ...lower, of: ({ kafka }) => kafka.p50Ms },
      { name: 'over Kafka, p99', ...lower, floor: 15, aim: 6, of: ({ kafka }) => kafka.p99Ms },
    ],
  },
  process.argv.slice(2),
)

async function open() {
  const postgres = await startEmbeddedPostgres({ durable: true })
  const kafka = await startKafka()
  return { postgres, kafka, close: () => Promise.all([postgres.stop(), kafka.stop()]) }
}

function side(roles) {
  const overKafka = roles.length > 1
  return async function run({ postgres, kafka }, options, round) {
    const [intents, warmUp, perSecond] = [options.intents, options['warm-up'], options.rate].map(Number)
    const source = `first_byte_${overKafka ? 'kafka' : 'embedded'}_${round}`
    const provider = await startRecordingProvider()
    const database = await openInvoiceDatabase(postgres.url, source, provider.url)
    const product = await startProduct({
      roles,
      databaseUrl: database.url,
      source,
      ...(overKafka && { brokers: kafka.brokers }),
    })
    const committed = await commitAtRate({ databaseUrl: database.url, intents, warmUp, perSecond })
    await database.untilDone(warmUp + intents, DONE_WITHIN_MS)
    provider.expect(warmUp + intents)
    await product.stop()
    await database.drop()
    await provider.close()
    return { ...latency(committed.committedMs, provider.arrivedMs), perSecond: committed.perSecond }
  }
}
