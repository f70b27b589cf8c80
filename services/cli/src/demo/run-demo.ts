import { parseContract } from '@readback/contract'
import { createInProcessDispatch } from '@readback/dispatch'
import { createHttpCaller, type EgressPolicy, parseEgressAllow } from '@readback/effects'
import { createDatabaseClock, passOn } from '@readback/service-kit'
import { type Database, deployContract, migrate, openDatabase } from '@readback/store'
import { createTelemetry } from '@readback/telemetry'
import { type SpawnedLossyProvider, spawnLossyProvider, startEmbeddedPostgres } from '@readback/testing'
import { openContractBook, startRoles } from '../roles.ts'
import { type Committed, commitIntents, ordersOf } from './commit-intents.ts'
import { type Count, countEffects } from './count-effects.ts'
import { demoContract, demoFaults } from './demo-contract.ts'
import { retryLoop } from './retry-loop.ts'

export type DemoOptions = { intents: number; seed: number; progress: Progress }

/** Where the demo says what it is doing. */
export type Progress = { step(text: string): void; count(text: string, done: number, of: number): void }

export type DemoResult = { loop: Count; readback: Count; rolled_back: number; enqueued_twice: number; seconds: number }

// Everything settles within a few looks; a demo that takes longer has found a defect, and says so in its table.
const SETTLE_WITHIN_MS = 60_000

/** The same orders against the same provider with the same faults: once by a retry loop, once by Readback. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const startedMs = performance.now()
  const cleanUp: (() => Promise<unknown>)[] = []
  try {
    options.progress.step('starting PostgreSQL and a provider that loses replies, drops accepted work and answers late')
    const [postgres, forLoop, forReadback] = await Promise.all([
      startEmbeddedPostgres({ durable: true }),
      startProvider(options.seed),
      startProvider(options.seed),
    ])
    cleanUp.push(
      () => postgres.stop(),
      () => forLoop.stop(),
      () => forReadback.stop(),
    )
    await migrate({ databaseUrl: postgres.url })
    const db = openDatabase({ url: postgres.url, applicationName: 'readback demo' })
    cleanUp.unshift(() => db.close())

    const { committed, readback } = await deliverWithReadback(db, forReadback, options)
    const loop = await deliverWithLoop(forLoop, committed, options)
    const seconds = Math.round((performance.now() - startedMs) / 100) / 10
    return { loop, readback, rolled_back: committed.rolledBack.length, enqueued_twice: committed.repeated, seconds }
  } finally {
    for (const end of cleanUp) await end()
  }
}

const startProvider = (seed: number) => spawnLossyProvider({ kind: 'readable', plan: demoFaults(seed) })

async function deliverWithReadback(db: Database, provider: SpawnedLossyProvider, { intents, progress }: DemoOptions) {
  const stop = await startReadback(db, provider.url)
  try {
    const committed = await commitIntents(db, ordersOf(intents), (done) =>
      progress.count('orders placed, each with its intent', done, intents),
    )
    const keys = committed.orders.map((order) => order.key)
    await settled(db, keys.length, (done) => progress.count('Readback: settled, each read back', done, keys.length))
    const readback = countEffects('Readback', keys, await provider.effects(), { done: await keysDone(db) })
    return { committed, readback }
  } finally {
    await stop()
  }
}

async function deliverWithLoop(
  provider: SpawnedLossyProvider,
  committed: Committed,
  { progress }: DemoOptions,
): Promise<Count> {
  const { orders } = committed
  const believed = await retryLoop(provider.url, orders, (done) =>
    progress.count('retry loop: posted until a 2xx', done, orders.length),
  )
  return countEffects(
    'retry loop',
    orders.map((order) => order.key),
    await provider.effects(),
    believed,
  )
}

/** All roles in this process, as `readback all` has them. */
async function startReadback(db: Database, providerUrl: string): Promise<() => Promise<void>> {
  const parsed = parseContract(demoContract(providerUrl), 'demo.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.message).join('\n'))
  const { effect, version, hash, document, keyRetentionMs } = parsed.contract
  await deployContract(db, { effect, version, hash, document: JSON.stringify(document), keyRetentionMs })

  const dispatch = createInProcessDispatch({})
  const caller = createHttpCaller({ egress: loopbackOnly() })
  const { observe } = createTelemetry({ level: 'error' })
  const secret = () => ''
  const roles = await startRoles(
    {
      db,
      contracts: openContractBook(db, async (contract) => contract),
      dispatch,
      caller,
      clock: createDatabaseClock(() => performance.now()),
      secret,
      observe,
      reached: passOn,
    },
    {
      roles: ['relay', 'worker', 'verifier'],
      source: 'demo',
      leaseMs: 60_000,
      slots: 256,
      inProcess: true,
      retentionMs: null,
    },
  )
  return async () => {
    await roles.stop(5_000)
    await dispatch.close()
    await caller.close()
  }
}

function loopbackOnly(): EgressPolicy {
  const parsed = parseEgressAllow('127.0.0.1/32')
  if (!parsed.ok) throw new Error('loopback is no address range')
  return parsed.policy
}

async function settled(db: Database, intents: number, onProgress: (done: number) => void): Promise<void> {
  const deadlineMs = performance.now() + SETTLE_WITHIN_MS
  for (;;) {
    const { rows } = await db.pool.query<{ over: number }>(
      `select count(*) filter (where status in ('done', 'needs_attention')) as over from readback.effect`,
    )
    const over = rows[0]?.over ?? 0
    onProgress(over)
    if (over >= intents || performance.now() > deadlineMs) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function keysDone(db: Database): Promise<ReadonlySet<string>> {
  const { rows } = await db.pool.query<{ key: string }>(`select key from readback.effect where status = 'done'`)
  return new Set(rows.map((row) => row.key))
}
