// A database of one round: migrated, with the contract of the benches deployed; how it is filled, and what it says at the end.
import { parseContract } from '@readback/contract'
import { deployContract, migrate, openDatabase } from '@readback/store'
import { waitFor } from '@readback/testing'
import pg from 'pg'
import { invoiceContract } from './invoice-contract.mjs'

const BATCH = 10_000
const ASK_EVERY_MS = 250

export async function openInvoiceDatabase(serverUrl, name, providerUrl) {
  const url = await createDatabase(serverUrl, name)
  await migrate({ databaseUrl: url })
  const db = openDatabase({ url, applicationName: 'bench' })
  await deploy(db, invoiceContract(providerUrl))
  return {
    url,
    /** Commits `count` intents, thousands at a time, with keys from `key-<from>` on. */
    async commit(count, from = 0) {
      for (let at = from; at < from + count; at += BATCH)
        await commitBatch(db.pool, at, Math.min(BATCH, from + count - at))
      await db.pool.query('analyze')
    },
    /** Throws after `withinMs`. */
    untilDone: (count, withinMs) => untilDone(db.pool, count, withinMs),
    /** Settlements a second, from the first to the last of those with these numbers, in the order in which they were settled. */
    settledPerSecond: (first, last) => settledPerSecond(db.pool, first, last),
    async drop() {
      await db.close()
      await onServer(serverUrl, `drop database ${name} with (force)`)
    },
  }
}

/** Empty; replaces one of that name. */
export async function createDatabase(serverUrl, name) {
  await onServer(serverUrl, `drop database if exists ${name} with (force)`)
  await onServer(serverUrl, `create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

async function onServer(serverUrl, statement) {
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  await admin.query(statement)
  await admin.end()
}

async function deploy(db, yaml) {
  const parsed = parseContract(yaml, 'bench.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.message).join('\n'))
  const { effect, version, hash, document, keyRetentionMs } = parsed.contract
  await deployContract(db, { effect, version, hash, document: JSON.stringify(document), keyRetentionMs })
}

const commitBatch = (pool, from, count) =>
  pool.query(
    `select count(*) from (
       select readback.enqueue(tenant => 'acme', effect => 'invoice.issue', key => 'key-' || n,
         payload => json_build_object('customer', 'cust-' || n % 100, 'amount', 100 + n % 900))
       from generate_series($1::int, $1::int + $2::int - 1) n) as committed`,
    [from, count],
  )

const untilDone = (pool, count, withinMs) =>
  waitFor(`${count} to be done`, async () => (await doneIn(pool)) === count, { withinMs, everyMs: ASK_EVERY_MS })

async function doneIn(pool) {
  const { rows } = await pool.query(`select count(*)::int as done from readback.settlement where state = 'done'`)
  return rows[0].done
}

async function settledPerSecond(pool, first, last) {
  const { rows } = await pool.query(
    `select extract(epoch from max(settled_at) - min(settled_at))::float8 as seconds
     from (select settled_at, row_number() over (order by settled_at) as nth from readback.settlement) as settled
     where nth between $1 and $2`,
    [first, last],
  )
  return (last - first) / rows[0].seconds
}
