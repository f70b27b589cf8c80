// The other side: the roles of the product, on a fresh database with the intents already committed.
import { setTimeout as rest } from 'node:timers/promises'
import { createInProcessDispatch, createKafkaDispatch } from '@readback/dispatch'
import { createHttpCaller, parseEgressAllow } from '@readback/effects'
import { createDatabaseClock, passOn } from '@readback/service-kit'
import { openDatabase } from '@readback/store'
import { createTelemetry } from '@readback/telemetry'
import { openContractBook, startRoles } from 'readback'
import { cpuOfTreeUs } from '../frame/machine.mjs'
import { openInvoiceDatabase } from '../worlds/invoice-database.mjs'
import { costliestStatements, countStatements } from './statements.mjs'

const { effects, providerUrl, databaseUrl, postgresPid, database, brokers, statements } = JSON.parse(process.argv[2])

const filled = await openInvoiceDatabase(databaseUrl, database, providerUrl)
await filled.commit(effects)
const db = openDatabase({ url: filled.url, applicationName: 'bench', connectionsMax: 16 })

const telemetry = createTelemetry({ level: 'warn' })
const dispatch = brokers
  ? createKafkaDispatch({ brokers: [brokers], clientId: 'bench', topicPrefix: database, observe: telemetry.observe })
  : createInProcessDispatch({ observe: telemetry.observe })
const egress = parseEgressAllow('127.0.0.1/32')
const caller = createHttpCaller({ egress: egress.policy, connections: 128 })

let settledCount = 0
const allSettled = Promise.withResolvers?.() ?? withResolvers()
const observe = (observation) => {
  telemetry.observe(observation)
  if (observation.type !== 'entry_settled') return
  settledCount += 1
  if (settledCount === effects) allSettled.resolve()
}

if (statements) await countStatements(db.pool)
const before = process.cpuUsage()
const postgresBeforeUs = cpuOfTreeUs(postgresPid)
const startedMs = performance.now()
const roles = await startRoles(
  {
    db,
    dispatch,
    caller,
    contracts: openContractBook(db, async (read) => read),
    secret: () => '',
    observe,
    clock: createDatabaseClock(() => performance.now()),
    reached: passOn,
  },
  {
    roles: ['relay', 'worker', 'verifier'],
    source: 'bench',
    leaseMs: 60_000,
    slots: 256,
    inProcess: !brokers,
    retentionMs: null,
  },
)
await Promise.race([allSettled.promise, rest(120_000, null, { ref: false })])
const seconds = (performance.now() - startedMs) / 1000
const { user, system } = process.cpuUsage(before)
const postgresCpuUs = (cpuOfTreeUs(postgresPid) - postgresBeforeUs) / effects
const { rows } = await db.pool.query(`select count(*) as done from readback.effect where status = 'done'`)
if (rows[0].done !== effects) throw new Error(`${rows[0].done} of ${effects} are done`)
if (statements) process.stderr.write(await costliestStatements(db.pool, effects))
process.stdout.write(JSON.stringify({ perSecond: effects / seconds, cpuUs: (user + system) / effects, postgresCpuUs }))
await roles.stop(1_000)
await Promise.all([dispatch.close(), caller.close()])
await db.close()
process.exit()

function withResolvers() {
  let resolve
  const promise = new Promise((done) => {
    resolve = done
  })
  return { promise, resolve }
}
