// How long after its commit an intent is published, with transactions that stay open and without.
//
//   npm run bench -- capture [--intents 1000] [--pairs 5] [--json]
//
// The open ones: a writer of intents in the same database, and a writer in another database of the server. Rounds with and
// without them take turns on the same relay, so that a machine that slows down slows both.
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startRelay } from '@readback/relay'
import { passOn } from '@readback/service-kit'
import { deployContract, migrate, openDatabase } from '@readback/store'
import { startEmbeddedPostgres } from '@readback/testing'
import pg from 'pg'
import { range } from './frame/range.mjs'

const OPTIONS = {
  intents: { type: 'string', default: '1000' },
  pairs: { type: 'string', default: '5' },
  json: { type: 'boolean', default: false },
}
const ENQUEUE = "select readback.enqueue('acme', 'bench.capture', $1, '{}')"
// Between two commits, at random; some 200 intents a second.
const PAUSE_MS_MAX = 10

async function run(args) {
  const { values } = parseArgs({ args, options: OPTIONS })
  const postgres = await startEmbeddedPostgres({ durable: true })
  const server = await prepare(postgres.url)
  const pairs = []
  try {
    await measure(server, 200)
    for (let nth = 0; nth < Number(values.pairs); nth += 1) {
      pairs.push(await measurePair(server, Number(values.intents)))
      process.stderr.write(`pair ${nth + 1}: ${line(pairs.at(-1))}\n`)
    }
  } finally {
    await server.stop()
    await postgres.stop()
  }
  report(pairs, values.json)
}

/** A migrated database with a relay at work, and the times at which it published each key. */
async function prepare(serverUrl) {
  const databaseUrl = await createDatabase(serverUrl, 'bench_capture')
  const elsewhereUrl = await createDatabase(serverUrl, 'bench_elsewhere')
  await migrate({ databaseUrl })
  const db = openDatabase({ url: databaseUrl, applicationName: 'bench' })
  await deployContract(db, {
    effect: 'bench.capture',
    version: 1,
    hash: 'one',
    document: '{}',
    keyRetentionMs: 86_400_000,
  })
  const publishedMs = new Map()
  const relayId = randomUUID()
  const relay = startRelay(
    {
      db,
      dispatch: recordingIn(publishedMs),
      processId: () => relayId,
      monotonicMs: () => performance.now(),
      observe: ({ type, error }) => type === 'loop_failed' && console.error(error),
      reached: passOn,
    },
    { source: 'main', role: 'relay', inProcess: false },
  )
  return {
    databaseUrl,
    elsewhereUrl,
    publishedMs,
    async stop() {
      await relay.stop()
      await db.close()
    },
  }
}

async function createDatabase(serverUrl, name) {
  const client = await connect(serverUrl)
  await client.query(`create database ${name}`)
  await client.end()
  const url = new URL(serverUrl)
  url.pathname = name
  return url.href
}

/** Nobody consumes, so the backlog is all there is, and nothing counts as lost. */
const recordingIn = (publishedMs) => ({
  async publish(_topic, refs) {
    const nowMs = performance.now()
    for (const { key } of refs) publishedMs.set(key, nowMs)
  },
  consume: () => Promise.reject(new Error('nobody consumes')),
  backlog: async () => publishedMs.size,
  ready: () => true,
  close: async () => {},
})

async function measurePair(server, intents) {
  const quiet = await measure(server, intents)
  const open = [await holdOpen(server.databaseUrl, ENQUEUE, [randomUUID()])]
  open.push(await holdOpen(server.elsewhereUrl, 'select pg_current_xact_id()', []))
  const withWriters = await measure(server, intents)
  for (const client of open) {
    await client.query('commit')
    await client.end()
  }
  return { quiet, open: withWriters, ratio: withWriters.p99Ms / quiet.p99Ms }
}

async function holdOpen(url, write, values) {
  const client = await connect(url)
  await client.query('begin')
  await client.query(write, values)
  return client
}

/** Commits intents one after another, and looks at how long after each commit it was published. */
async function measure({ databaseUrl, publishedMs }, intents) {
  const client = await connect(databaseUrl)
  const committedMs = new Map()
  for (let nth = 0; nth < intents; nth += 1) {
    const key = randomUUID()
    await client.query(ENQUEUE, [key])
    committedMs.set(key, performance.now())
    await pause(Math.random() * PAUSE_MS_MAX)
  }
  await client.end()
  while ([...committedMs.keys()].some((key) => !publishedMs.has(key))) await pause(5)
  // What is published before its producer has heard of the commit was not waited for.
  const latenciesMs = [...committedMs].map(([key, atMs]) => Math.max(0, publishedMs.get(key) - atMs))
  latenciesMs.sort((one, other) => one - other)
  const at = (share) => latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))]
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

async function connect(url) {
  const client = new pg.Client(url)
  await client.connect()
  return client
}

const line = ({ quiet, open, ratio }) =>
  `p50 ${quiet.p50Ms.toFixed(1)} ms, with open writers ${open.p50Ms.toFixed(1)} ms; ` +
  `p99 ${quiet.p99Ms.toFixed(1)} ms, with open writers ${open.p99Ms.toFixed(1)} ms; ratio ${ratio.toFixed(2)}`

function report(pairs, asJson) {
  const ratio = range(pairs.map((pair) => pair.ratio))
  const p50Ratio = range(pairs.map((pair) => pair.open.p50Ms / pair.quiet.p50Ms))
  if (asJson) return console.log(JSON.stringify({ pairs, ratio, p50Ratio }))
  const text = ({ middle, low, high }) => `${middle.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`
  console.log(`From commit to publication, with open writers over without, in ${pairs.length} pairs:`)
  console.log(`p99 ${text(ratio)}, p50 ${text(p50Ratio)}`)
}

await run(process.argv.slice(2))
