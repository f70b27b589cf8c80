// How long after its commit an intent is captured, alone and beside transactions that stay open.
//
//   npm run bench -- capture [--intents 2000] [--warm-up 4000] [--rate 200] [--rounds 7] [--json]
//
// From when the producer has heard of the commit until the relay hands the reference to its dispatch; each in a process of its own. The
// open ones: a writer of intents in the same database, and a writer in another database of the server. Each side has a fresh database.
import { fileURLToPath } from 'node:url'
import { startEmbeddedPostgres, startProcess } from '@readback/testing'
import pg from 'pg'
import { latency } from './frame/latency.mjs'
import { runBench } from './frame/run-bench.mjs'
import { freshDatabase } from './pipeline/fresh-database.mjs'
import { commitAtRate } from './worlds/commit-at-rate.mjs'
import { openInvoiceDatabase } from './worlds/invoice-database.mjs'

const RELAY = fileURLToPath(new URL('./capture/relay.mjs', import.meta.url))
// Nobody calls it.
const NO_PROVIDER = 'http://127.0.0.1:9'

const lower = { unit: 'ms', better: 'lower' }

await runBench(
  {
    name: 'capture',
    about: 'from the commit of an intent until its reference is published',
    options: {
      intents: { type: 'string', default: '2000' },
      // Until V8 has compiled what runs often: half a minute after a start, the highest percentiles are two thirds of what they were at first.
      'warm-up': { type: 'string', default: '4000' },
      rate: { type: 'string', default: '200' },
    },
    rounds: 7,
    open,
    sides: { alone: side(async () => []), beside: side(holdBothOpen) },
    figures: [
      { name: 'commit to capture, p50', ...lower, floor: 1, aim: 0.5, of: ({ alone }) => alone.p50Ms },
      { name: 'commit to capture, p99', ...lower, floor: 3, aim: 1.5, of: ({ alone }) => alone.p99Ms },
      { name: 'p50 beside open transactions', ...lower, of: ({ beside }) => beside.p50Ms },
      { name: 'p99 beside open transactions', ...lower, of: ({ beside }) => beside.p99Ms },
      {
        name: 'p99 beside open transactions ÷ alone',
        unit: '×',
        floor: 1.5,
        aim: 1.2,
        better: 'lower',
        of: ({ alone, beside }) => beside.p99Ms / alone.p99Ms,
      },
    ],
  },
  process.argv.slice(2),
)

async function open() {
  const postgres = await startEmbeddedPostgres({ durable: true })
  const elsewhereUrl = await freshDatabase(postgres.url, 'bench_elsewhere')
  return { postgres, elsewhereUrl, close: () => postgres.stop() }
}

/** `hold` opens what stays open meanwhile. */
function side(hold) {
  return async function run({ postgres, elsewhereUrl }, options, round) {
    const [intents, warmUp, perSecond] = [options.intents, options['warm-up'], options.rate].map(Number)
    const database = await openInvoiceDatabase(postgres.url, `bench_capture_${round}`, NO_PROVIDER)
    const held = await hold(database.url, elsewhereUrl)
    const relay = await startProcess({
      command: process.execPath,
      args: [RELAY, JSON.stringify({ databaseUrl: database.url, intents: warmUp + intents })],
      readyWhen: /^leads$/m,
    })
    const producer = { databaseUrl: database.url, intents, warmUp, perSecond }
    const committed = await commitAtRate(producer)
    const { code } = await relay.exited
    if (code !== 0) throw new Error(`the relay ended with ${code}: ${relay.stderr()}`)
    const publishedMs = new Map(JSON.parse(relay.stdout().trim().split('\n').at(-1)))
    for (const client of held) await end(client)
    await database.drop()
    return { ...latency(committed.committedMs, publishedMs), perSecond: committed.perSecond }
  }
}

function holdBothOpen(databaseUrl, elsewhereUrl) {
  const enqueue = `select readback.enqueue(tenant => 'acme', effect => 'invoice.issue', key => 'open', payload => '{}')`
  return Promise.all([holdOpen(databaseUrl, enqueue), holdOpen(elsewhereUrl, 'select pg_current_xact_id()')])
}

async function holdOpen(url, write) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('begin')
  await client.query(write)
  return client
}

/** Throws if it did not stay open to the end. */
async function end(client) {
  await client.query('rollback')
  await client.end()
}
