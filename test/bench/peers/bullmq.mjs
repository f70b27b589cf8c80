// A side of the peers bench: BullMQ, with the jobs in its queue before the clock starts.
import { waitFor } from '@readback/testing'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { measure } from '../pipeline/measure.mjs'
import { openProvider } from '../pipeline/post-and-look.mjs'
import { effectsInLists, IN_FLIGHT, UNTIL_ALL } from './jobs.mjs'

const { effects, providerUrl, redisUrl, database } = JSON.parse(process.argv[2])

const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
// Named as the database of the others is, since the Redis may hold what is not ours.
const queue = new Queue(database, { connection })
for (const list of effectsInLists(effects)) await queue.addBulk(list.map((data) => ({ name: 'invoice.issue', data })))

const provider = openProvider(providerUrl, IN_FLIGHT)
let completed = 0

// It has no batches, so that how many jobs it holds at a time is all there is to set.
async function work() {
  const worker = new Worker(database, ({ data }) => provider.postAndLook(data), { connection, concurrency: IN_FLIGHT })
  worker.on('error', (error) => process.stderr.write(`${error}\n`))
  worker.on('completed', () => {
    completed += 1
  })
  await waitFor('BullMQ to complete every job', () => completed === effects, UNTIL_ALL)
}

const measured = await measure(effects, work)
const there = await queue.getCompletedCount()
if (there !== effects) throw new Error(`BullMQ holds ${there} of ${effects} jobs as completed`)
await queue.obliterate({ force: true })
process.stdout.write(JSON.stringify(measured))
process.exit()
