// The other side: the roles of the product, on a fresh database with the intents already committed.
import { setTimeout as rest } from 'node:timers/promises'
import { parseContract } from '@readback/contract'
import { createInProcessDispatch, createKafkaDispatch } from '@readback/dispatch'
import { createHttpCaller, parseEgressAllow } from '@readback/effects'
import { createDatabaseClock, passOn } from '@readback/service-kit'
import { deployContract, migrate, openDatabase } from '@readback/store'
import { createTelemetry } from '@readback/telemetry'
import { openContractBook, startRoles } from 'readback'
import { freshDatabase } from './fresh-database.mjs'
import { measure } from './measure.mjs'
import { costliestStatements, countStatements } from './statements.mjs'

const { effects, providerUrl, databaseUrl, postgresPid, database, brokers, statements, connections, slots } =
  JSON.parse(process.argv[2])

const contract = `
effect: invoice.issue
version: 1
description: Issues one invoice.
risk: medium
payload: { type: object }
key: { from: [/customer], retention: 30d }
call:
  method: POST
  url: ${providerUrl}/v1/invoices
  body: { json: { customer: "\${payload./customer}", amount: "\${payload./amount}", metadata: { key: "\${key}" } } }
  timeout: 10s
  external_id: /id
provider:
  key: { in: header, at: Idempotency-Key, as: raw, lifetime: 48h, scope: account }
  repeat: same_answer
  max_execution_delay: 30s
verify:
  by_key:
    read: { url: "${providerUrl}/v1/invoices?key=\${key}" }
    items: /data
    where: { /metadata/key: "\${key}" }
  by_id: { read: { url: "${providerUrl}/v1/invoices/\${external_id}" } }
  present: { status: 200, match: { /amount: "\${payload./amount}" } }
  canary: { url: ${providerUrl}/v1/account, status: 200 }
  settle: { first: 0s, every: 2s, for: 60s }
retry: { max_attempts: 8, backoff: { first: 1s, cap: 10m }, deadline: 24h }
on_unknown: reconcile
rollback: { strategy: manual_only }
`

const url = await freshDatabase(databaseUrl, database)
await migrate({ databaseUrl: url })
const db = openDatabase({ url, applicationName: 'bench', connectionsMax: 16 })
await commitIntents()

const telemetry = createTelemetry({ level: 'warn' })
const dispatch = brokers
  ? createKafkaDispatch({ brokers: [brokers], clientId: 'bench', topicPrefix: database, observe: telemetry.observe })
  : createInProcessDispatch({ observe: telemetry.observe })
const egress = parseEgressAllow('127.0.0.1/32')
const caller = createHttpCaller({ egress: egress.policy, connections })

let settledCount = 0
const allSettled = Promise.withResolvers?.() ?? withResolvers()
const observe = (observation) => {
  telemetry.observe(observation)
  if (observation.type !== 'entry_settled') return
  settledCount += 1
  if (settledCount === effects) allSettled.resolve()
}

if (statements) await countStatements(db.pool)
let roles
const measured = await measure(
  effects,
  async () => {
    roles = await start()
    await Promise.race([allSettled.promise, rest(120_000, null, { ref: false })])
  },
  postgresPid,
)
const { rows } = await db.pool.query(`select count(*) as done from readback.effect where status = 'done'`)
if (rows[0].done !== effects) throw new Error(`${rows[0].done} of ${effects} are done`)
if (statements) process.stderr.write(await costliestStatements(db.pool, effects))
process.stdout.write(JSON.stringify(measured))
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

function start() {
  const clock = createDatabaseClock(() => performance.now())
  const contracts = openContractBook(db, async (read) => read)
  return startRoles(
    { db, dispatch, caller, contracts, secret: () => '', observe, clock, reached: passOn },
    {
      roles: ['relay', 'worker', 'verifier'],
      source: 'bench',
      leaseMs: 60_000,
      slots,
      inProcess: !brokers,
      retentionMs: null,
    },
  )
}

async function commitIntents() {
  const parsed = parseContract(contract, 'bench.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.message).join('\n'))
  const { effect, version, hash, document, keyRetentionMs } = parsed.contract
  await deployContract(db, { effect, version, hash, document: JSON.stringify(document), keyRetentionMs })
  await db.pool.query(
    `select count(*) from (
       select readback.enqueue(tenant => 'acme', effect => 'invoice.issue', key => 'key-' || n,
         payload => json_build_object('customer', 'cust-' || n % 100, 'amount', 100 + n % 900))
       from generate_series(0, $1::int - 1) n) as committed`,
    [effects],
  )
  await db.pool.query('analyze')
}
