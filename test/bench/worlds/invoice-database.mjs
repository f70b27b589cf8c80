// A database of one round: migrated, with the contract of the benches deployed; how it is filled, and what it says at the end.
import { openDatabase } from '@readback/store'
import { waitFor } from '@readback/testing'
import { createDatabase, dropDatabase } from './database.mjs'
import { deployInvoices, enqueueInvoices } from './invoices.mjs'

const BATCH = 10_000
const ASK_EVERY_MS = 250

export async function openInvoiceDatabase(serverUrl, name, providerUrl) {
  const url = await createDatabase(serverUrl, name)
  const db = openDatabase({ url, applicationName: 'bench' })
  await deployInvoices(db, providerUrl)
  return {
    url,
    /** Commits `count` intents, thousands at a time, with keys from `key-<from>` on. */
    async commit(count, from = 0) {
      for (let at = from; at < from + count; at += BATCH)
        await enqueueInvoices(db.pool, { from: at, count: Math.min(BATCH, from + count - at) })
      await db.pool.query('analyze')
    },
    /** Throws after `withinMs`. */
    untilDone: (count, withinMs) => untilDone(db.pool, count, withinMs),
    /** Settlements a second, from the first to the last of those with these numbers, in the order in which they were settled. */
    settledPerSecond: (first, last) => settledPerSecond(db.pool, first, last),
    async drop() {
      await db.close()
      await dropDatabase(serverUrl, name)
    },
  }
}

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
