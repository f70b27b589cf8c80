// Verified effects a second of one, two and four worker processes over Kafka, at a provider that takes 50 ms to answer.
//
//   npm run bench -- scale [--effects 6000] [--slots 64] [--latency 50] [--rounds 5] [--json]
//
// `--effects` are those of each worker: every side takes as long. The rate is that between the first and the last tenth of them, by the times
// of settlement in the database, so that neither the start nor a worker that ends before the others counts. `bound` in the JSON says what
// the rate was held by: the slots, each of which is taken for a call and a look; or the cores of the machine, which everything shares.
import { createKafkaDispatch } from '@readback/dispatch'
import { spawnLossyProvider, startEmbeddedPostgres, startKafka } from '@readback/testing'
import { cpuOfTreeUs, watchMachine } from './frame/machine.mjs'
import { runBench } from './frame/run-bench.mjs'
import { openInvoiceDatabase } from './worlds/invoice-database.mjs'
import { startProduct } from './worlds/product.mjs'

// So that one, two and four workers have equal shares of it.
const PARTITIONS = 12
const DONE_WITHIN_MS = 300_000
// From here on, it was that. A slot is also empty for as long as the next entry for it is being claimed.
const SLOTS_FULL = 0.8
const CORES_FULL = 0.9

await runBench(
  {
    name: 'scale',
    about: 'verified effects a second by the number of worker processes, over Kafka, at a slow provider',
    options: {
      effects: { type: 'string', default: '6000' },
      slots: { type: 'string', default: '64' },
      latency: { type: 'string', default: '50' },
      'warm-up': { type: 'string', default: '1000' },
    },
    rounds: 5,
    open,
    sides: { one: side(1), two: side(2), four: side(4) },
    figures: [
      { name: '1 worker', unit: 'effects/s', of: ({ one }) => one.perSecond },
      { name: '2 workers', unit: 'effects/s', of: ({ two }) => two.perSecond },
      { name: '4 workers', unit: 'effects/s', of: ({ four }) => four.perSecond },
      { name: '2 workers ÷ 1', unit: '×', of: ({ one, two }) => two.perSecond / one.perSecond },
      { name: '4 workers ÷ 1', unit: '×', of: ({ one, four }) => four.perSecond / one.perSecond },
      { name: 'machine in use with 1', unit: '%', of: ({ one }) => one.machinePercent },
      { name: 'machine in use with 2', unit: '%', of: ({ two }) => two.machinePercent },
      { name: 'machine in use with 4', unit: '%', of: ({ four }) => four.machinePercent },
    ],
  },
  process.argv.slice(2),
)

async function open({ latency }) {
  const provider = await spawnLossyProvider({ kind: 'keyed', latencyMs: Number(latency) })
  const postgres = await startEmbeddedPostgres({ durable: true })
  const kafka = await startKafka()
  await createTopics(kafka.brokers)
  return { provider, postgres, kafka, close: () => Promise.all([provider.stop(), postgres.stop(), kafka.stop()]) }
}

/** They are there once the first question about them is answered. */
async function createTopics(brokers) {
  const dispatch = createKafkaDispatch({ brokers: [brokers], clientId: 'bench', partitions: PARTITIONS })
  await dispatch.backlog('deliver')
  await dispatch.close()
}

function side(workers) {
  return async function run({ provider, postgres, kafka }, options, round) {
    const effects = workers * Number(options.effects)
    const source = `scale_${workers}_${round}`
    await provider.reset()
    const database = await openInvoiceDatabase(postgres.url, source, provider.url)
    const product = await startProduct({
      roles: ['relay', 'verifier', ...Array.from({ length: workers }, () => 'worker')],
      databaseUrl: database.url,
      source,
      brokers: kafka.brokers,
      environment: { READBACK_CONCURRENCY: options.slots },
    })
    const warmUp = workers * Number(options['warm-up'])
    await database.commit(warmUp)
    await database.untilDone(warmUp, DONE_WITHIN_MS)
    await database.commit(effects, warmUp)
    const watched = watch({ provider, postgres, kafka, product })
    await database.untilDone(warmUp + effects, DONE_WITHIN_MS)
    const used = watched()
    const tenth = Math.floor(effects / 10)
    const perSecond = await database.settledPerSecond(warmUp + tenth, warmUp + effects - tenth)
    const there = (await provider.effects()).length
    if (there !== warmUp + effects) throw new Error(`${there} effects are there, and not ${warmUp + effects}`)
    await product.stop()
    await database.drop()
    return { perSecond, bound: boundBy({ perSecond, workers, machinePercent: used.machinePercent }, options), ...used }
  }
}

/** From here on: the share of the machine that was in use, and how much of a core each part of it used. */
function watch({ provider, postgres, kafka, product }) {
  const parts = [
    { role: 'provider', pid: provider.pid },
    { role: 'postgres', pid: postgres.pid },
    { role: 'kafka', pid: kafka.pid },
    ...product.processes,
  ]
  const share = watchMachine()
  const startedMs = performance.now()
  const beforeUs = parts.map(({ pid }) => cpuOfTreeUs(pid))
  return function used() {
    const tookUs = (performance.now() - startedMs) * 1_000
    const cores = {}
    for (const [nth, { role, pid }] of parts.entries())
      cores[role] = (cores[role] ?? 0) + (cpuOfTreeUs(pid) - beforeUs[nth]) / tookUs
    return { machinePercent: share() * 100, cores }
  }
}

/** A slot is taken for two answers of the provider, one to the call and one to the look. */
function boundBy({ perSecond, workers, machinePercent }, { slots, latency }) {
  const possible = (workers * Number(slots) * 1_000) / (2 * Number(latency))
  if (perSecond >= SLOTS_FULL * possible) return 'slots'
  return machinePercent >= CORES_FULL * 100 ? 'cores' : 'neither slots nor cores'
}
