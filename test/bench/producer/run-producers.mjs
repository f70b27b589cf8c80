// An application over several connections, each as fast as it is answered. Both sides prepare their statements.
import { openDatabase } from '@readback/store'
import { each, startMeter } from '../worlds/cost.mjs'
import { connect, createDatabase } from '../worlds/database.mjs'
import { deployInvoices } from '../worlds/invoices.mjs'

// A connection's first statements plan what the others have planned already.
const WARM_UP_EACH = 100

/** In a new database. `application`: one of applications.mjs; `enqueues`: with an intent in each transaction. */
export async function runProducers(postgres, { application, transactions, connections, enqueues }) {
  const url = await prepare(postgres.url, application.tables)
  const clients = await Promise.all(Array.from({ length: connections }, () => connect(url)))
  const take = transactionTaker(clients, application, enqueues)
  await take(WARM_UP_EACH * connections)
  const read = startMeter(postgres.pid)
  await take(transactions)
  const cost = read()
  const asked = WARM_UP_EACH * connections + transactions
  await count(clients[0], application.written, { rows: asked, intents: enqueues ? asked : 0 })
  await Promise.all(clients.map((client) => client.end()))
  return { perSecond: transactions / cost.seconds, ...each(cost, transactions) }
}

async function prepare(serverUrl, tables) {
  const url = await createDatabase(serverUrl, 'bench')
  const db = openDatabase({ url, applicationName: 'bench' })
  // Nobody calls it.
  await deployInvoices(db, 'http://127.0.0.1:1')
  for (const statement of tables.split(';')) await db.pool.query(statement)
  // What the last database has left to write.
  await db.pool.query('checkpoint')
  await db.close()
  return url
}

/** Takes so many more, each of other rows. */
function transactionTaker(clients, { take, others, statement, enqueuing }, enqueues) {
  const last = enqueues ? enqueuing : statement
  let next = 0
  const runOn = (client) => (name, values) => client.query({ name, text: others?.[name] ?? last, values })
  return async function takeMore(more) {
    const end = next + more
    const produce = async (client) => {
      const run = runOn(client)
      while (next < end) await take(run, next++)
    }
    await Promise.all(clients.map(produce))
  }
}

async function count(client, table, asked) {
  const { rows } = await client.query(
    `select (select count(*) from ${table})::int as rows, (select count(*) from readback.outbox)::int as intents`,
  )
  const there = JSON.stringify(rows[0])
  if (there !== JSON.stringify(asked)) throw new Error(`there are ${there}, and not ${JSON.stringify(asked)}`)
}
