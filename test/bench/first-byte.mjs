// How long after its commit the first byte of the call of an intent is at the provider, embedded and over Kafka.
//
//   npm run bench -- first-byte [--intents 2000] [--warm-up 4000] [--rate 200] [--rounds 7] [--json]
//
// From when the producer has heard of the commit until the provider has the request. The roles are the built product's processes, as a user
// runs them: one `readback all`; or a relay, a worker and a verifier. Their CPU is that of the warm-up as well.
import { latency } from './frame/latency.mjs'
import { cpuOfTreeUs } from './frame/machine.mjs'
import { runBench } from './frame/run-bench.mjs'
import { commitAtRate } from './worlds/commit-at-rate.mjs'
import { KAFKA_ROLES } from './worlds/product.mjs'
import { openServers, underProduct } from './worlds/under-product.mjs'

const DONE_WITHIN_MS = 60_000

const lower = { unit: 'ms', better: 'lower' }

await runBench(
  {
    name: 'first-byte',
    about: 'from the commit of an intent until the first byte of its call is at the provider',
    options: {
      intents: { type: 'string', default: '2000' },
      // Until V8 has compiled what runs often: half a minute after a start, the highest percentiles are two thirds of what they were at first.
      'warm-up': { type: 'string', default: '4000' },
      rate: { type: 'string', default: '200' },
    },
    rounds: 7,
    open: openServers,
    sides: { embedded: side(['all']), kafka: side(KAFKA_ROLES) },
    figures: [
      { name: 'embedded, p50', ...lower, of: ({ embedded }) => embedded.p50Ms },
      { name: 'embedded, p99', ...lower, floor: 5, aim: 3, of: ({ embedded }) => embedded.p99Ms },
      { name: 'over Kafka, p50', ...lower, of: ({ kafka }) => kafka.p50Ms },
      { name: 'over Kafka, p99', ...lower, floor: 15, aim: 6, of: ({ kafka }) => kafka.p99Ms },
      {
        name: 'CPU an effect, embedded and its PostgreSQL',
        ...lower,
        unit: 'µs',
        of: ({ embedded }) => embedded.cpuUs,
      },
    ],
  },
  process.argv.slice(2),
)

function side(roles) {
  return (servers, options, round) =>
    underProduct(servers, { roles, name: 'first_byte', round }, async ({ provider, database, product }) => {
      const [intents, warmUp, perSecond] = [options.intents, options['warm-up'], options.rate].map(Number)
      const pids = [servers.postgres, ...product.processes].map(({ pid }) => pid)
      const cpuUs = () => pids.reduce((sum, pid) => sum + cpuOfTreeUs(pid), 0)
      const beforeUs = cpuUs()
      const committed = await commitAtRate({ databaseUrl: database.url, intents, warmUp, perSecond })
      await database.untilDone(warmUp + intents, DONE_WITHIN_MS)
      const usedUs = cpuUs() - beforeUs
      provider.expect(warmUp + intents)
      return {
        ...latency(committed.committedMs, provider.arrivedMs),
        perSecond: committed.perSecond,
        cpuUs: usedUs / (warmUp + intents),
      }
    })
}
