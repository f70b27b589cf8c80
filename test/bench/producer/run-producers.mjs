// An application that takes orders over several connections, each as fast as it is answered.
import { openDatabase } from '@readback/store'
import { each, startMeter } from '../worlds/cost.mjs'
import { connect, createDatabase } from '../worlds/database.mjs'
import { deployInvoices } from '../worlds/invoices.mjs'

const TABLE = `create table invoice_order (customer text, period text, amount numeric, primary key (customer, period))`
const INSERT = 'insert into invoice_order values ($1, $2, $3)'
const INSERT_AND_ENQUEUE = `
  with ordered as (${INSERT} returning customer, period, amount)
  select e.entry_id
  from ordered o, readback.enqueue(tenant => 'acme', effect => 'invoice.issue', key => o.customer || '/' || o.period,
    payload => json_build_object('customer', o.customer, 'period', o.period, 'amount', o.amount)) e`

// A connection's first statements plan what the others have planned already.
const WARM_UP_EACH = 100

/** In a new database. `enqueues`: each order with an intent, in the same statement. */
export async function runProducers(postgres, { transactions, connections, enqueues }) {
  const url = await prepare(postgres.url)
  const clients = await Promise.all(Array.from({ length: connections }, () => connect(url)))
  const take = orderTaker(clients, enqueues ? INSERT_AND_ENQUEUE : INSERT)
  await take(WARM_UP_EACH * connections)
  const read = startMeter(postgres.pid)
  await take(transactions)
  const cost = read()
  const asked = WARM_UP_EACH * connections + transactions
  await count(clients[0], { orders: asked, intents: enqueues ? asked : 0 })
  await Promise.all(clients.map((client) => client.end()))
  return { perSecond: transactions / cost.seconds, ...each(cost, transactions) }
}

async function prepare(serverUrl) {
  const url = await createDatabase(serverUrl, 'bench')
  const db = openDatabase({ url, applicationName: 'bench' })
  // Nobody calls it.
  await deployInvoices(db, 'http://127.0.0.1:1')
  await db.pool.query(TABLE)
  // What the last database has left to write.
  await db.pool.query('checkpoint')
  await db.close()
  return url
}

/** Takes so many more orders, each of another customer or period. */
function orderTaker(clients, text) {
  let next = 0
  return async function take(more) {
    const end = next + more
    const produce = async (client) => {
      while (next < end) await client.query({ name: 'order', text, values: orderOf(next++) })
    }
    await Promise.all(clients.map(produce))
  }
}

/** Neighbours in time are none in the table, as with customers who come when they like. */
const orderOf = (nth) => [`cust-${(nth * 7_919) % 100_003}`, `period-${Math.floor(nth / 100_003)}`, 100 + (nth % 900)]

async function count(client, asked) {
  const { rows } = await client.query(
    `select (select count(*) from invoice_order)::int as orders, (select count(*) from readback.outbox)::int as intents`,
  )
  const there = JSON.stringify(rows[0])
  if (there !== JSON.stringify(asked)) throw new Error(`there are ${there}, and not ${JSON.stringify(asked)}`)
}
