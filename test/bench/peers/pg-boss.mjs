// A side of the peers bench: pg-boss, with the jobs in its queue before the clock starts.
import { waitFor } from '@readback/testing'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { freshDatabase } from '../pipeline/fresh-database.mjs'
import { measure } from '../pipeline/measure.mjs'
import { openProvider } from '../pipeline/post-and-look.mjs'
import { effectsInLists, IN_FLIGHT, UNTIL_ALL } from './jobs.mjs'

const { effects, providerUrl, databaseUrl, postgresPid, database } = JSON.parse(process.argv[2])
const QUEUE = 'invoice.issue'
// By its documentation, many jobs want a batch for each fetch, several workers in a process, and no pause while batches come back full. Of 2 to 8
// workers with 32 to 1,000 jobs each, tried three times on a noisy machine, 4 with 500 were as fast as any and took the least CPU of PostgreSQL; a
// table of its own for the queue (`partition`) was no faster. Each job is settled by itself, or else one call that fails would have all 500 made
// again; that was as fast as to complete a batch as a whole.
const WORK = {
  batchSize: 500,
  localConcurrency: 4,
  burstWhenBatchFull: true,
  pollingIntervalSeconds: 0.5,
  perJobResults: true,
}

const connectionString = await freshDatabase(databaseUrl, database)
const boss = new PgBoss({ connectionString, max: 10 })
boss.on('error', (error) => process.stderr.write(`${error}\n`))
await boss.start()
await boss.createQueue(QUEUE)
for (const list of effectsInLists(effects))
  await boss.insert(
    QUEUE,
    list.map((data) => ({ data })),
  )
const client = new pg.Client(connectionString)
await client.connect()
await client.query('analyze')

const provider = openProvider(providerUrl, IN_FLIGHT)
let handled = 0
async function handle(jobs) {
  await Promise.all(jobs.map(({ data }) => provider.postAndLook(data)))
  handled += jobs.length
  return jobs.map(({ id }) => ({ id, status: 'completed' }))
}

async function allCompleted() {
  if (handled < effects) return false
  const { rows } = await client.query(`select count(*)::int as completed from pgboss.job where state = 'completed'`)
  return rows[0].completed === effects
}

async function work() {
  await boss.work(QUEUE, WORK, handle)
  await waitFor('pg-boss to complete every job', allCompleted, UNTIL_ALL)
}

process.stdout.write(JSON.stringify(await measure(effects, work, postgresPid)))
process.exit()
