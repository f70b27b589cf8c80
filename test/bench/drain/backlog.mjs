// Intents that nobody has captured yet, as often as they are wanted.
import { openDatabase } from '@readback/store'
import { connect, createDatabase } from '../worlds/database.mjs'
import { deployInvoices } from '../worlds/invoices.mjs'

const CONNECTIONS = 2

/** Each committed by a transaction of its own. `rewind` makes all of them new again: for the relay, and for who polls. */
export async function openBacklog(serverUrl, rows) {
  const url = await createDatabase(serverUrl, 'bench')
  const db = openDatabase({ url, applicationName: 'bench' })
  await deployInvoices(db, 'http://127.0.0.1:1')
  const client = await connect(url)
  const { rows: cursor } = await client.query('select pg_current_snapshot()::text as snapshot')
  const share = Math.ceil(rows / CONNECTIONS)
  await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, nth) => enqueue(url, nth * share, Math.min(rows, (nth + 1) * share))),
  )
  await client.query('vacuum (analyze) readback.outbox')

  return {
    url,
    db,
    async rewind() {
      await client.query('update readback.relay_cursor set snapshot = $1', [cursor[0].snapshot])
      for (const statement of POLLED) await client.query(statement)
    },
    async close() {
      await client.end()
      await db.close()
    },
  }
}

async function enqueue(url, from, end) {
  const client = await connect(url)
  await client.query('set synchronous_commit = off')
  await client.query(`
    do $$ begin
      for n in ${from} .. ${end - 1} loop
        perform readback.enqueue(tenant => 'acme', effect => 'invoice.issue', key => 'key-' || n,
          payload => json_build_object('customer', 'cust-' || n % 100, 'amount', 100 + n % 900));
        commit;
      end loop;
    end $$`)
  await client.end()
}

// The same rows, and what a table that is polled needs: a key, a mark, and an index of what has no mark.
const POLLED = [
  'drop table if exists polled_outbox',
  'create table polled_outbox as select o.*, false as published from readback.outbox o',
  'alter table polled_outbox add primary key (position)',
  'create index on polled_outbox (position) where not published',
  'vacuum (analyze) polled_outbox',
  'checkpoint',
]
