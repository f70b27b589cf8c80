// Effects from the enqueue to the receipt, and the WAL that was written meanwhile.
import { setTimeout as rest } from 'node:timers/promises'
import { openDatabase } from '@readback/store'
import { costliestStatements, countStatements } from '../pipeline/statements.mjs'
import { connect, createDatabase } from '../worlds/database.mjs'
import { deployInvoices } from '../worlds/invoices.mjs'
import { openRoles } from '../worlds/roles.mjs'
import { produce } from './produce.mjs'

const WARM_UP = 500
// What has been settled is written by then, and what follows from it.
const QUIET_MS = 1_000

/** Bytes for each effect. `backlog`: all of them are committed before the roles start; otherwise the roles run all the time. */
export async function countWal({ provider, postgres }, { effects, backlog, statements }) {
  await provider.reset()
  const url = await createDatabase(postgres.url, 'bench')
  const db = openDatabase({ url, applicationName: 'bench', connectionsMax: 16 })
  await deployInvoices(db, provider.url)
  const client = await connect(url)
  const producer = { url, prefix: backlog ? 'backlog-' : 'coming-' }
  await runRoles(db, WARM_UP, { before: () => produce({ ...producer, from: 0, count: WARM_UP }) })
  if (statements) await countStatements(db.pool)

  const before = await readWal(client)
  const enqueue = () => produce({ ...producer, from: WARM_UP, count: effects })
  await runRoles(db, effects, backlog ? { before: enqueue } : { meanwhile: enqueue })
  const settled = await readWal(client)
  if (statements) process.stderr.write(await costliestStatements(db.pool, effects, 'wal_bytes'))
  await checkDone(client, provider, WARM_UP + effects)
  await client.query('vacuum')
  const vacuumed = await readWal(client)
  const payload = await payloadBytes(client, effects)
  await Promise.all([client.end(), db.close()])
  return {
    bytes: (settled - before) / effects - payload,
    payload,
    vacuum: (vacuumed - settled) / effects,
  }
}

/** Until `count` have settled, and a little longer. */
async function runRoles(db, count, { before = async () => {}, meanwhile = async () => {} }) {
  const roles = openRoles(db)
  await before()
  const settled = roles.settled(count)
  await roles.start()
  await Promise.all([settled, meanwhile()])
  await rest(QUIET_MS)
  await roles.stop()
}

async function readWal(client) {
  const { rows } = await client.query(`select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as bytes`)
  return rows[0].bytes
}

async function checkDone(client, provider, count) {
  const { rows } = await client.query(`select count(*)::int as done from readback.settlement where state = 'done'`)
  const there = (await provider.effects()).length
  if (rows[0].done !== count || there !== count)
    throw new Error(`${rows[0].done} are done and ${there} are there, of ${count}`)
}

/** What the row of an intent costs in a table without indexes, inserted by a transaction of its own. */
async function payloadBytes(client, effects) {
  await client.query('create table plain as select * from readback.outbox limit 0')
  const { rows } = await client.query('select entry_id from readback.outbox order by entry_id desc limit $1', [effects])
  const before = await readWal(client)
  for (const { entry_id } of rows)
    await client.query({
      name: 'plain',
      text: 'insert into plain select * from readback.outbox where entry_id = $1',
      values: [entry_id],
    })
  return ((await readWal(client)) - before) / effects
}
