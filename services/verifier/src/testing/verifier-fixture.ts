import { randomUUID } from 'node:crypto'
import {
  CodeMissingError,
  type Contract,
  ContractUnreadableError,
  createContractBook,
  type Entry,
  parseContract,
} from '@readback/contract'
import { createInProcessDispatch, type Dispatch, type EntryRef } from '@readback/dispatch'
import { createHttpCaller, lookAtProvider, parseEgressAllow } from '@readback/effects'
import { createDeadlines, passOn, type Session } from '@readback/service-kit'
import {
  type CallRecord,
  type ClaimedLook,
  claimForCall,
  type Database,
  deployContract,
  openDatabase,
  recordCalls,
} from '@readback/store'
import {
  createShortClock,
  createTestDatabase,
  type LossyProvider,
  type ShortClock,
  startLossyProvider,
} from '@readback/testing'
import type { VerifierObservation } from '../observation.ts'
import { startVerifier, type Verifier } from '../verifier.ts'

const EFFECT = 'invoice.issue'
/** Its provider offers nothing to look at. */
export const OPAQUE = 'mail.send'
/** Its provider honours the key, for a day. */
export const KEYED = 'order.place'
/** Its contract cannot be read. */
export const UNREADABLE = 'letter.print'
/** Its contract has code, and this process does not have it. */
export const CODE_ELSEWHERE = 'parcel.ship'
const TENANT = 'acme'
const SETTLE = { everyMs: 50, forMs: 100, executionDelayMs: 100 }

export type Bench = {
  db: Database
  dispatch: Dispatch
  provider: LossyProvider
  /** Ends the slow looks that are under way, once a test has seen what it wanted to see beside them. */
  letGo: ShortClock['letGo']
  observations: VerifierObservation[]
  /** References that the verifier handed to the workers. */
  handedOn: EntryRef[]
  start(options: { slots: number; leaseMs?: number }): Promise<Verifier>
  close(): Promise<void>
}

/** A database, a provider and a dispatch within this process, and verifiers to start on them. */
export async function createBench(): Promise<Bench> {
  const database = await createTestDatabase()
  const db = openDatabase({ url: database.url, applicationName: 'verifier test' })
  const clock = createShortClock()
  const provider = await startLossyProvider({ kind: 'readable', clock })
  const dispatch = createInProcessDispatch()
  const caller = createHttpCaller({ egress: allow('127.0.0.1') })
  const contracts = bookOf(provider.url)
  for (const effect of [EFFECT, OPAQUE, KEYED, UNREADABLE, CODE_ELSEWHERE])
    await deployContract(db, { effect, version: 1, hash: 'one', document: '{}', keyRetentionMs: 86_400_000 })

  const handedOn: EntryRef[] = []
  const workers = await dispatch.consume('deliver', {
    room: async () => 100,
    overdue: async () => [],
    accept: async (refs) => void handedOn.push(...refs),
  })
  const observations: VerifierObservation[] = []
  return {
    db,
    dispatch,
    provider,
    letGo: clock.letGo,
    observations,
    handedOn,
    start: ({ slots, leaseMs = 60_000 }) =>
      startVerifier(
        {
          db,
          dispatch,
          contracts,
          look: ({ contract, claimed }, signal) =>
            lookAtProvider({ caller, secret: () => '' }, contract, subjectOf(claimed), signal),
          session: SESSION,
          monotonicMs: () => performance.now(),
          deadlines: createDeadlines(() => performance.now()),
          observe: (observation) => observations.push(observation),
          reached: passOn,
        },
        { source: 'main', leaseMs, slots },
      ),
    async close() {
      await workers.stop()
      await Promise.all([dispatch.close(), caller.close(), provider.stop()])
      await db.close()
      await database.drop()
    },
  }
}

/** Commits an intent, and has its call end as given. Returns the entry's id. */
export async function calledWith(
  { db }: Bench,
  key: string,
  outcome: CallRecord['outcome'],
  effect = EFFECT,
): Promise<string> {
  const payload = JSON.stringify({ amount: 5 })
  const { rows } = await db.pool.query('select entry_id from readback.enqueue($1, $2, $3, $4)', [
    TENANT,
    effect,
    key,
    payload,
  ])
  const entryId: string = rows[0].entry_id
  const owner = randomUUID()
  const entries = [{ entryId, timeoutMs: 1_000, version: 1 }]
  await claimForCall(db, { owner, leaseMs: 60_000, entries }, async (_, claimed) => claimed)
  const step = { to: outcome === 'success' ? 'verifying' : 'unknown', dueInMs: 0 } as const
  const seen = {
    means: null,
    cause: outcome,
    status: null,
    externalId: null,
    evidence: '{}',
    durationMs: 1,
    seen: false,
  }
  await recordCalls(db, owner, [{ entryId, fence: 1, step, outcome, ...seen }])
  return entryId
}

/** Makes the effect at the provider, as a call whose answer got lost did. */
export async function apply({ provider }: Bench, key: string, amount = 5): Promise<void> {
  await fetch(`${provider.url}/v1/invoices`, { method: 'POST', body: JSON.stringify({ amount, metadata: { key } }) })
}

/** Offers everything that is due to the verifier, as the relay does. */
export async function offerDue({ db, dispatch }: Bench): Promise<void> {
  const { rows } = await db.pool.query(
    "select entry_id, effect, key from readback.delivery join readback.outbox using (entry_id, effect) where state in ('unknown', 'verifying') and due_at <= now()",
  )
  await dispatch.publish(
    'verify',
    rows.map(({ entry_id: entryId, effect, key }) => ({
      source: 'main',
      entryId,
      tenant: TENANT,
      effect,
      key,
      orderingKey: key,
      traceparent: null,
    })),
  )
}

export async function stateOf(
  { db }: Bench,
  entryId: string,
): Promise<{ state: string; cause: string | null; status: string }> {
  const read = 'select state, cause, status from readback.effect where entry_id = $1'
  return (await db.pool.query(read, [entryId])).rows[0]
}

const looks = (url: string) => `
  by_key:
    read: { url: "${url}/v1/invoices?key=\${key}", timeout: 25s }
    items: /data
    where: { /metadata/key: "\${key}" }
  present: { status: 200, match: { /amount: "\${payload./amount}" } }
  keep: { sum: /amount }
  canary: { url: ${url}/v1/account, status: 200 }
  settle: { first: 0s, every: ${SETTLE.everyMs}ms, for: ${SETTLE.forMs}ms }
`

const IGNORED = 'key: { in: marker }, repeat: acts_again'
const HONOURED = 'key: { in: header, at: Idempotency-Key, lifetime: 24h }, repeat: same_answer'

function load(effect: string, url: string): Contract {
  const text = `
effect: ${effect}
version: 1
risk: low
payload: { type: object, required: [amount] }
key: { from: [/amount], retention: 30d }
call: { method: POST, url: "${url}/v1/invoices", body: { json: { amount: "\${payload./amount}", metadata: { key: "\${key}" } } }, timeout: 3s }
provider: { ${effect === KEYED ? HONOURED : IGNORED}, max_execution_delay: ${SETTLE.executionDelayMs}ms }
verify: ${effect === OPAQUE ? '{ none: "nobody can look", ends: acknowledged }' : looks(url)}
on_unknown: ${effect === OPAQUE ? 'human' : 'reconcile'}
rollback: { strategy: none }
`
  const parsed = parseContract(text, `${effect}.yaml`)
  if (parsed.ok) return parsed.contract
  throw new Error(parsed.problems.map(({ message }) => message).join('\n'))
}

const bookOf = (url: string) =>
  createContractBook({
    monotonicMs: () => performance.now(),
    newestVersion: async () => 1,
    async load(effect) {
      if (effect === UNREADABLE) throw new ContractUnreadableError('it is from another time')
      if (effect === CODE_ELSEWHERE) throw new CodeMissingError({ effect, version: 1 })
      return load(effect, url)
    },
  })

function allow(host: string) {
  const parsed = parseEgressAllow(host)
  if (parsed.ok) return parsed.policy
  throw new Error(parsed.problems.join('\n'))
}

const OWNER = randomUUID()
const SESSION: Session = { id: () => OWNER, holds: () => true, leave: async () => {} }

const subjectOf = (claimed: ClaimedLook): Entry & Parameters<typeof lookAtProvider>[2] => ({
  entryId: claimed.entry_id,
  tenant: claimed.tenant,
  effect: claimed.effect,
  key: claimed.key,
  payload: claimed.payload,
  createdAt: claimed.created_at,
  prepared: claimed.prepared,
  externalId: claimed.external_id,
  calls: claimed.attempts,
  answeredCalls: claimed.answered_calls,
  seenPresentBefore: claimed.seen_present,
})
