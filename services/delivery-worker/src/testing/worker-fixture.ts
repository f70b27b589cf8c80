import { randomUUID } from 'node:crypto'
import {
  type Contract,
  ContractUnreadableError,
  createContractBook,
  type Entry,
  parseContract,
} from '@readback/contract'
import { createInProcessDispatch, type Dispatch } from '@readback/dispatch'
import { callProvider, createHttpCaller, lookAtProvider, parseEgressAllow, prepareCall } from '@readback/effects'
import { type CrashPoint, createDeadlines, type Session } from '@readback/service-kit'
import { type ClaimedCall, type Database, deployContract, openDatabase } from '@readback/store'
import {
  createShortClock,
  createTestDatabase,
  type LossyProvider,
  type ShortClock,
  startLossyProvider,
} from '@readback/testing'
import type { WorkerObservation } from '../observation.ts'
import { startWorker, type Worker } from '../worker.ts'

const EFFECT = 'invoice.issue'
const TENANT = 'acme'
/** Of version 1: no program can read it. */
export const UNREADABLE = 'letter.print'

export type Bench = {
  db: Database
  dispatch: Dispatch
  provider: LossyProvider
  /** Ends the slow calls that are under way, once a test has seen what it wanted to see beside them. */
  letGo: ShortClock['letGo']
  observations: WorkerObservation[]
  /** What the worker's session says; a test may change it. */
  session: { id: string; holds: boolean }
  /** Told when the worker reaches a crash point; does nothing unless a test sets it. */
  onReached: (point: CrashPoint) => void
  /** On another view of the database, where a test wants it to misbehave. */
  start(options: { slots: number; db?: Database }): Promise<Worker>
  close(): Promise<void>
}

/** A database, a provider and a dispatch within this process, and workers to start on them. */
export async function createBench(text: (url: string) => string = contractText): Promise<Bench> {
  const database = await createTestDatabase()
  const db = openDatabase({ url: database.url, applicationName: 'worker test' })
  const clock = createShortClock()
  const provider = await startLossyProvider({ kind: 'keyed', clock })
  const dispatch = createInProcessDispatch()
  const caller = createHttpCaller({ egress: allow('127.0.0.1') })
  const contract = load(text(provider.url))
  for (const version of [1, 2]) for (const effect of [EFFECT, UNREADABLE]) await deploy(db, effect, version)
  const effects = { caller, secret: () => '', now: Date.now }

  const bench: Bench = {
    db,
    dispatch,
    provider,
    letGo: clock.letGo,
    observations: [],
    session: { id: randomUUID(), holds: true },
    onReached: () => {},
    start: ({ slots, db: own = db }) =>
      startWorker(
        {
          db: own,
          dispatch,
          contracts: bookOf(contract),
          prepare: ({ contract, claimed, notAfterMs }, signal) =>
            prepareCall({ ...effects, notAfterMs }, contract, entryOf(claimed), signal),
          call: ({ contract, claimed, notAfterMs }, signal) =>
            callProvider({ ...effects, notAfterMs }, contract, entryOf(claimed), signal),
          look: ({ contract, claimed, result }, signal) =>
            lookAtProvider(effects, contract, { ...entryOf(claimed), ...knownBy(claimed, result.externalId) }, signal),
          session: sessionOf(bench),
          monotonicMs: () => performance.now(),
          deadlines: createDeadlines(() => performance.now()),
          random: () => 0.5,
          observe: (observation) => bench.observations.push(observation),
          reached: (point) => bench.onReached(point),
        },
        { source: 'main', leaseMs: 60_000, slots },
      ),
    async close() {
      await Promise.all([dispatch.close(), caller.close(), provider.stop()])
      await db.close()
      await database.drop()
    },
  }
  return bench
}

/** Commits intents, and hands their references to whoever consumes. Entry ids by key. */
export async function commitAndOffer(
  bench: Bench,
  keys: readonly string[],
  given: Given = {},
): Promise<Map<string, string>> {
  const ids = await commitOnly(bench, keys, given)
  await offer(bench, ids, given)
  return ids
}

export async function commitOnly(
  bench: Bench,
  keys: readonly string[],
  { effect = EFFECT, endsInMs = null, priority = 0 }: Given = {},
): Promise<Map<string, string>> {
  const ids = new Map<string, string>()
  for (const key of keys) {
    const payload = JSON.stringify({ amount: 5, metadata: { key } })
    const { rows } = await bench.db.pool.query(ENQUEUE, [TENANT, effect, key, payload, endsInMs, priority])
    ids.set(key, rows[0].entry_id)
  }
  return ids
}

type Given = { effect?: string; endsInMs?: number | null; priority?: number }

const ENQUEUE = `
  select entry_id
  from readback.enqueue($1, $2, $3, $4, expires_at => now() + $5::float8 * interval '1 millisecond', priority => $6)`

export const offer = (
  bench: Bench,
  ids: ReadonlyMap<string, string>,
  { effect = EFFECT, priority = 0 }: Given = {},
): Promise<void> =>
  bench.dispatch.publish(
    'deliver',
    [...ids].map(([key, entryId]) => ({
      source: 'main',
      entryId,
      tenant: TENANT,
      effect,
      key,
      orderingKey: key,
      traceparent: null,
      priority,
    })),
  )

/** As a process that the machine has no time for. */
export function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** The same database; its first commit takes effect, and the connection breaks before anybody hears of it. */
export function losingFirstCommit(db: Database): Database {
  let isLost = false
  return inTransactions(db, async (asked, answer) => {
    const answered = await answer(asked)
    if (isLost || asked !== 'commit') return answered
    isLost = true
    throw new Error('Connection terminated unexpectedly')
  })
}

/** The same database, in which the first statement of this name fails. */
export function failingOnce(db: Database, name: string): Database {
  let hasFailed = false
  return inTransactions(db, (asked, answer) => {
    if (hasFailed || typeof asked === 'string' || asked.name !== name) return answer(asked)
    hasFailed = true
    // The server's own error: one of anybody else counts as a connection that broke.
    return answer('select 1 / 0')
  })
}

type Asked = string | { name: string; text: string; values: unknown[] }
type Answer = (asked: Asked) => Promise<unknown>

/** The same database, but for what becomes of the statements of its transactions. */
function inTransactions(db: Database, query: (asked: Asked, answer: Answer) => Promise<unknown>): Database {
  const connect = async () => {
    const client = await db.pool.connect()
    // The types of pg take the one or the other, and not both.
    const answer: Answer = (asked) => client.query(asked as string)
    return { query: (asked: Asked) => query(asked, answer), release: (isBroken?: boolean) => client.release(isBroken) }
  }
  return { ...db, pool: Object.assign(Object.create(db.pool), { connect, query: db.pool.query.bind(db.pool) }) }
}

/** How many entries are in each state; those that nobody has claimed are pending. */
export async function states({ db }: Bench): Promise<Record<string, number>> {
  const { rows } = await db.pool.query(
    'select readback.state_of(entry_id) as state, count(*) from readback.outbox group by 1',
  )
  return Object.fromEntries(rows.map((row) => [row.state, row.count]))
}

export async function stateOf({ db }: Bench, entryId: string | undefined): Promise<string> {
  return (await db.pool.query('select readback.state_of($1) as state', [entryId])).rows[0].state
}

export const contractText = (url: string): string => `
effect: ${EFFECT}
version: 2
risk: low
payload: { type: object, required: [amount] }
key: { from: [/metadata/key], retention: 30d }
call:
  method: POST
  url: ${url}/v1/invoices
  body: { json: "\${payload}" }
  timeout: 25s
  external_id: /id
provider:
  key: { in: header, at: Idempotency-Key, lifetime: 30d }
  repeat: same_answer
verify:
  by_key:
    read: { url: "${url}/v1/invoices?key=\${key}" }
    items: /data
    where: { /metadata/key: "\${key}" }
  present: { status: 200, match: { /amount: "\${payload./amount}" } }
  keep: { sum: /amount }
  canary: { url: ${url}/v1/account, status: 200 }
  settle: { first: 0s, every: 100ms, for: 1s }
on_unknown: reconcile
rollback: { strategy: none }
`

function load(text: string): Contract {
  const parsed = parseContract(text, 'invoice.issue.yaml')
  if (parsed.ok) return parsed.contract
  throw new Error(parsed.problems.map(({ message }) => message).join('\n'))
}

const bookOf = (contract: Contract) =>
  createContractBook({
    monotonicMs: () => performance.now(),
    async newestVersion(effect) {
      if (effect === EFFECT || effect === UNREADABLE) return 2
      throw new ContractUnreadableError(`${effect} was never deployed`)
    },
    async load(effect, version) {
      if (effect === EFFECT || version === 2) return contract
      throw new ContractUnreadableError(`${effect} version ${version} is from another time`)
    },
  })

const deploy = (db: Database, effect: string, version: number) =>
  deployContract(db, { effect, version, hash: `${version}`, document: '{}', keyRetentionMs: 86_400_000 })

function allow(host: string) {
  const parsed = parseEgressAllow(host)
  if (parsed.ok) return parsed.policy
  throw new Error(parsed.problems.join('\n'))
}

const sessionOf = (bench: Bench): Session => ({
  id: () => bench.session.id,
  holds: () => bench.session.holds,
  leave: async () => {},
})

const entryOf = (claimed: ClaimedCall): Entry => ({
  entryId: claimed.entry_id,
  tenant: claimed.tenant,
  effect: claimed.effect,
  key: claimed.key,
  payload: claimed.payload,
  createdAt: claimed.created_at,
  prepared: claimed.prepared,
})

const knownBy = (claimed: ClaimedCall, externalId: string | null) => ({
  externalId,
  calls: claimed.attempts,
  answeredCalls: claimed.answered_calls + 1,
  seenPresentBefore: false,
})
