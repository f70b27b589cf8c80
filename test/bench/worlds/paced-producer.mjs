// A program: an application that commits intents at random moments (Poisson), so many a second, and says when it heard of each commit.
import { setTimeout as rest } from 'node:timers/promises'
import pg from 'pg'
import { machineNowMs } from '../frame/clock.mjs'

const { databaseUrl, intents, perSecond } = JSON.parse(process.argv[2])
const CONNECTIONS = 8
const ENQUEUE = `
  select readback.enqueue(tenant => 'acme', effect => 'invoice.issue', key => $1,
    payload => json_build_object('customer', $1::text, 'amount', $2::int))`

const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS })
// Connecting is no part of a commit.
const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.connect()))
for (const client of clients) client.release()

const committedMs = []
async function commit(nth) {
  await pool.query(ENQUEUE, [`key-${nth}`, nth])
  committedMs[nth] = machineNowMs()
}

const underWay = []
const startedMs = machineNowMs()
let dueMs = startedMs
for (let nth = 0; nth < intents; nth += 1) {
  // Whoever comes late because this process was held up does not shift the others.
  dueMs += (-Math.log(1 - Math.random()) * 1_000) / perSecond
  const aheadMs = dueMs - machineNowMs()
  if (aheadMs > 0) await rest(aheadMs)
  underWay.push(commit(nth))
}
await Promise.all(underWay)
await pool.end()
const seconds = (machineNowMs() - startedMs) / 1_000
process.stdout.write(JSON.stringify({ committedMs, perSecond: intents / seconds }))
