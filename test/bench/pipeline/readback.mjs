// The other side: the roles of the product, on intents that are committed when the clock starts.
import { openDatabase } from '@readback/store'
import { each, startMeter } from '../worlds/cost.mjs'
import { connect, createDatabase, urlOf } from '../worlds/database.mjs'
import { deployInvoices, enqueueInvoices } from '../worlds/invoices.mjs'
import { openRoles } from '../worlds/roles.mjs'
import { costliestStatements, countStatements } from './statements.mjs'

const told = JSON.parse(process.argv[2])
const { effects, providerUrl, databaseUrl, postgresPid, database, brokers, statements, connections, slots } = told
const {
  /** The database is there; its keys begin otherwise. */
  kept = false,
  prefix = 'key-',
  /** Keys are in no order. */
  scattered = false,
  tenants = 1,
  perTenant = null,
  /** Calls of a tenant at a time. */
  concurrency = null,
  /** Effects that are made before the clock starts, by the same roles. */
  warmUp = 0,
  /** A transaction stays open that sees the database as it was before. */
  pinned = false,
  /** What each so manieth part of the effects cost. */
  parts = 1,
} = told

const url = kept ? urlOf(databaseUrl, database) : await createDatabase(databaseUrl, database)
const db = openDatabase({ url, applicationName: 'bench', connectionsMax: 16 })
await deployInvoices(db, providerUrl, { perTenant, concurrency })
const roles = openRoles(db, { brokers, topicPrefix: database, connections, slots })
const producer = await connect(url)
if (warmUp > 0) {
  await enqueueInvoices(producer, { count: warmUp, prefix: `${prefix}warm-`, scattered, tenants })
  await Promise.all([roles.settled(warmUp), roles.start()])
}

await producer.query('begin')
const { rows: first } = await producer.query('select readback.new_entry_id() as id')
const readProducing = startMeter(postgresPid)
await enqueueInvoices(producer, { count: effects, prefix, scattered, tenants })
const { postgresCpuUs: producingUs } = each(readProducing(), effects)
await producer.query('analyze')
const reader = pinned ? await pin() : null

if (statements) await countStatements(db.pool)
const readings = []
const read = startMeter(postgresPid)
const settled = roles.settled(effects, noteParts)
await producer.query('commit')
if (warmUp === 0) await roles.start()
await settled
const cost = each(read(), effects)

const { rows } = await producer.query(
  `select count(*)::int as done, pg_total_relation_size('readback.delivery') / 1e6 as "liveTableMb"
   from readback.settlement where entry_id > $1 and state = 'done'`,
  [first[0].id],
)
if (rows[0].done !== effects) throw new Error(`${rows[0].done} of ${effects} are done`)
if (statements) process.stderr.write(await costliestStatements(db.pool, effects))
const liveTableMb = Number(rows[0].liveTableMb)
const measured = { ...cost, producingUs, liveTableMb, ...roles.waits(), parts: costOfParts() }
process.stdout.write(JSON.stringify({ perSecond: effects / cost.seconds, ...measured }))
await roles.stop()
await Promise.all([producer.end(), reader?.end(), db.close()])
process.exit()

/** With a transaction id of its own, as one that has written would have. */
async function pin() {
  const client = await connect(url)
  await client.query('begin isolation level repeatable read')
  await client.query('select pg_current_xact_id()')
  return client
}

function noteParts(count) {
  const next = Math.round(((readings.length + 1) * effects) / parts)
  if (parts > 1 && count === next) readings.push(read())
}

function costOfParts() {
  return readings.map((reading, at) => {
    const before = readings[at - 1] ?? { seconds: 0, cpuUs: 0, postgresCpuUs: 0 }
    const own = Object.fromEntries(Object.entries(reading).map(([name, value]) => [name, value - before[name]]))
    return each(own, effects / parts)
  })
}
