// A side of the peers bench: graphile-worker, with the jobs in its table before the clock starts.
import { waitFor } from '@readback/testing'
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import pg from 'pg'
import { freshDatabase } from '../pipeline/fresh-database.mjs'
import { measure } from '../pipeline/measure.mjs'
import { openProvider } from '../pipeline/post-and-look.mjs'
import { effectsInLists, IN_FLIGHT, UNTIL_ALL } from './jobs.mjs'

const { effects, providerUrl, databaseUrl, postgresPid, database } = JSON.parse(process.argv[2])
const TASK = 'invoice.issue'

const connectionString = await freshDatabase(databaseUrl, database)
const said = (level, message) => ['error', 'warning'].includes(level) && process.stderr.write(`${message}\n`)
const logger = new Logger(() => said)
const queue = await makeWorkerUtils({ connectionString, logger })
await queue.migrate()
for (const list of effectsInLists(effects)) await queue.addJobs(list.map((payload) => ({ identifier: TASK, payload })))
await queue.release()
const client = new pg.Client(connectionString)
await client.connect()
await client.query('analyze')

const provider = openProvider(providerUrl, IN_FLIGHT)
let handled = 0
async function handle(effect) {
  await provider.postAndLook(effect)
  handled += 1
}

// It deletes what is completed; a job that failed would stay.
async function allCompleted() {
  if (handled < effects) return false
  const { rows } = await client.query('select count(*)::int as waiting from graphile_worker._private_jobs')
  return rows[0].waiting === 0
}

// What its page on performance advises: a local queue of 500, and completions in batches. Tried three times on a noisy machine, of the delays 0,
// 100 and 250 ms 100 took the least CPU, and half of PostgreSQL's as 0; 24 or 128 jobs at a time and a queue of 2,000 were not faster, nor was a
// pool of fewer connections, and it warns of one with fewer than jobs.
const preset = {
  worker: {
    connectionString,
    logger,
    concurrentJobs: IN_FLIGHT,
    maxPoolSize: IN_FLIGHT + 1,
    localQueue: { size: 500 },
    completeJobBatchDelay: 100,
    failJobBatchDelay: 100,
  },
}
async function work() {
  await run({ preset, taskList: { [TASK]: handle }, noHandleSignals: true })
  await waitFor('graphile-worker to complete every job', allCompleted, UNTIL_ALL)
}

process.stdout.write(JSON.stringify(await measure(effects, work, postgresPid)))
process.exit()
