// What each role holds in memory under load, and the CPU that one with nothing to do uses.
//
//   npm run bench -- footprint [--rate 500] [--seconds 30] [--idle-seconds 30] [--rounds 5] [--json]
//
// Memory is the most that was resident (VmRSS) at any moment while intents came at a steady rate and were verified. CPU is that of `readback
// all` and of what it makes PostgreSQL do, in percent of one core; what the server does by itself is measured before and taken off.
import { setTimeout as rest } from 'node:timers/promises'
import { cpuOfTreeUs } from './frame/machine.mjs'
import { createMemoryPeaks } from './frame/memory-peaks.mjs'
import { runBench } from './frame/run-bench.mjs'
import { commitAtRate } from './worlds/commit-at-rate.mjs'
import { openInvoiceDatabase } from './worlds/invoice-database.mjs'
import { KAFKA_ROLES, startProduct } from './worlds/product.mjs'
import { openServers, underProduct } from './worlds/under-product.mjs'

// Nobody calls it.
const NO_PROVIDER = 'http://127.0.0.1:9'
const SAMPLE_MS = 100
const DONE_WITHIN_MS = 120_000

const memory = { unit: 'MB', floor: 150, aim: 100, better: 'lower' }
const percent = { unit: '%', better: 'lower' }

await runBench(
  {
    name: 'footprint',
    about: 'memory of each role under a steady load, and CPU of one that has nothing to do',
    options: {
      rate: { type: 'string', default: '500' },
      seconds: { type: 'string', default: '30' },
      'idle-seconds': { type: 'string', default: '30' },
      // Until it rests as long as it ever does: some 16 s after its start V8 collects what starting has left, twice.
      'settle-seconds': { type: 'string', default: '25' },
    },
    rounds: 5,
    open: openServers,
    sides: { embedded: side(['all']), kafka: side(KAFKA_ROLES), idle },
    figures: [
      { name: 'memory of all roles in one process', ...memory, of: ({ embedded }) => embedded.peaks.all },
      { name: 'memory of a relay', ...memory, of: ({ kafka }) => kafka.peaks.relay },
      { name: 'memory of a worker', ...memory, of: ({ kafka }) => kafka.peaks.worker },
      { name: 'memory of a verifier', ...memory, of: ({ kafka }) => kafka.peaks.verifier },
      { name: 'idle CPU of readback all', ...percent, floor: 1, aim: 0.3, of: ({ idle }) => idle.ownPercent },
      { name: 'idle CPU that it causes in PostgreSQL', ...percent, of: ({ idle }) => idle.postgresPercent },
    ],
  },
  process.argv.slice(2),
)

function side(roles) {
  return (servers, options, round) =>
    underProduct(servers, { roles, name: 'footprint', round }, async ({ provider, database, product }) => {
      const perSecond = Number(options.rate)
      const intents = perSecond * Number(options.seconds)
      const { peaks, sample } = createMemoryPeaks(product.processes)
      const sampling = setInterval(sample, SAMPLE_MS)
      const committed = await commitAtRate({ databaseUrl: database.url, intents, perSecond })
      await database.untilDone(intents, DONE_WITHIN_MS)
      clearInterval(sampling)
      provider.expect(intents)
      return { peaks, perSecond: committed.perSecond }
    })
}

async function idle({ postgres }, options, round) {
  const [idleMs, settleMs] = [options['idle-seconds'], options['settle-seconds']].map((text) => Number(text) * 1_000)
  const source = `footprint_idle_${round}`
  const database = await openInvoiceDatabase(postgres.url, source, NO_PROVIDER)
  await rest(settleMs)
  const byItself = await cpuPercent([postgres.pid], idleMs)
  const product = await startProduct({ roles: ['all'], databaseUrl: database.url, source })
  await rest(settleMs)
  const [own, server] = await cpuPercent([product.processes[0].pid, postgres.pid], idleMs)
  await product.stop()
  await database.drop()
  return { ownPercent: own, postgresPercent: server - byItself[0], postgresByItselfPercent: byItself[0] }
}

/** Of one core, in the time from now. */
async function cpuPercent(pids, forMs) {
  const beforeUs = pids.map(cpuOfTreeUs)
  const startedMs = performance.now()
  await rest(forMs)
  const tookUs = (performance.now() - startedMs) * 1_000
  return pids.map((pid, nth) => ((cpuOfTreeUs(pid) - beforeUs[nth]) / tookUs) * 100)
}
