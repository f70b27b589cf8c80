/** What all runs of one file share: a database, a provider with an effect of each class, and what is known of both. */
import { type Contract, type ContractBook, parseContract } from '@readback/contract'
import { createHttpCaller, type HttpCaller, parseEgressAllow } from '@readback/effects'
import { type Database, deployContract, openDatabase } from '@readback/store'
import { createTestDatabase, type LossyProvider, startLossyProvider } from '@readback/testing'
import { contractFor, EFFECTS, PROVIDER_CLASSES, type ProviderClass } from '../world/provider-class.ts'
import { TestClock } from './test-clock.ts'

/** Minutes, because a test lets them pass at once: no time that a busy machine takes is near one of them. */
export const TIMES = {
  callTimeoutMs: 10_000,
  prepareTimeoutMs: 10_000,
  settleEveryMs: 20_000,
  settleForMs: 60_000,
  executionDelayMs: 60_000,
  retryAfterMs: 90_000,
}

const RETENTION_MS = 30 * 86_400_000

export type Bench = {
  db: Database
  clock: TestClock
  provider: LossyProvider
  contracts: ContractBook
  caller: HttpCaller
  /** As before the first run. */
  clear(): Promise<void>
  close(): Promise<void>
}

export async function openBench(): Promise<Bench> {
  const database = await createTestDatabase()
  const db = openDatabase({ url: withoutWaiting(database.url), applicationName: 'model' })
  await db.pool.query('create table placed_order (key text primary key, payload json not null)')
  const clock = new TestClock()
  const provider = await startLossyProvider({ collections: COLLECTIONS, clock })
  const caller = createHttpCaller({ egress: allow('127.0.0.1') })
  const contracts = new Map(PROVIDER_CLASSES.map((each) => [EFFECTS[each].effect, contractOf(each, provider.url)]))
  for (const [effect, contract] of contracts) await deploy(db, effect, contract)
  return {
    db,
    clock,
    provider,
    contracts: bookOf(contracts),
    caller,
    async clear() {
      clock.reset()
      await Promise.all([provider.reset(), provider.plan('clean'), db.pool.query(CLEAR)])
    },
    async close() {
      await Promise.all([caller.close(), provider.stop()])
      await db.close()
      await database.drop()
    },
  }
}

const COLLECTIONS = Object.fromEntries(PROVIDER_CLASSES.map((kind) => [EFFECTS[kind].collection, { kind }]))

/** No run outlives the machine. */
const withoutWaiting = (url: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent('-c synchronous_commit=off')}`

/** One without, so that both are tried. */
const ORDERING = { keyed: 'ordering: per_key', readable: 'ordering: per_key', opaque: '' }

function contractOf(provider: ProviderClass, url: string): Contract {
  const parsed = parseContract(
    contractFor(provider, url, { times: TIMES, also: ORDERING[provider] }),
    `${provider}.yaml`,
  )
  if (parsed.ok) return parsed.contract
  throw new Error(parsed.problems.map(({ message }) => message).join('\n'))
}

const deploy = (db: Database, effect: string, { version, document, ordering }: Contract) =>
  deployContract(db, {
    effect,
    version,
    hash: 'model',
    document: JSON.stringify(document),
    keyRetentionMs: RETENTION_MS,
    ordering,
  })

function bookOf(contracts: ReadonlyMap<string, Contract>): ContractBook {
  const find = async (effect: string) => {
    const contract = contracts.get(effect)
    if (contract) return contract
    throw new Error(`no contract for ${effect}`)
  }
  return { version: find, newest: find }
}

function allow(host: string) {
  const parsed = parseEgressAllow(host)
  if (parsed.ok) return parsed.policy
  throw new Error(parsed.problems.join('\n'))
}

// Everything is of the last run: a database belongs to one file, and its runs come one after the other.
const CLEAR = `
  delete from readback.effect_key; delete from readback.outbox; delete from readback.delivery; delete from readback.attempt;
  delete from readback.settlement; delete from readback.enqueue_repeat; delete from readback.ordering_queue; delete from readback.blocker; delete from readback.book_page; delete from readback.process; delete from readback.audit_event;
  delete from placed_order;
  update readback.relay_cursor set lease_owner = null, lease_until = null`
