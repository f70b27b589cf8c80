import { randomUUID } from 'node:crypto'
import { createTestDatabase } from '@readback/testing'
import { beforeAll, beforeEach } from 'vitest'
import { effectStatus } from '../ask/effect-status.ts'
import { claimForCall } from '../claim/claim-for-call.ts'
import { claimForLook } from '../claim/claim-for-look.ts'
import { type Database, openDatabase } from '../connect/database.ts'
import { deployContract } from '../contracts/deploy-contract.ts'
import { enqueueIntent } from '../operate/enqueue-intent.ts'
import { type CallRecord, recordCalls } from '../record/record-calls.ts'
import { settle } from '../record/settle.ts'

export const HOUR_MS = 3_600_000

/** The process that all of this is done by, unless another one is named. */
export const OWNER: string = randomUUID()

/** Of the test file that called `useEntries`. */
export let databaseUrl: string
export let db: Database
/** The same database with no more rights than an operator's. */
export let operator: Database

/** Gives the test file a database with three contracts, emptied of entries before each test. */
export function useEntries(): void {
  beforeAll(async () => {
    const scratch = await createTestDatabase()
    databaseUrl = scratch.url
    db = openDatabase({ url: databaseUrl, applicationName: 'store test' })
    operator = openDatabase({ url: asRole(scratch.url, 'readback_operator'), applicationName: 'store test' })
    await deploy('invoice.issue', { verify: { by_key: {} } })
    await deploy('account.move', { verify: { by_key: {} } }, 'one', 'per_key')
    await deploy('mail.send', { verify: { none: 'nobody can look', ends: 'acknowledged' } })
    return async () => {
      await Promise.all([db.close(), operator.close()])
      await scratch.drop()
    }
  })
  beforeEach(async () => {
    // Cheaper than truncating some forty partitions.
    for (const table of ['blocker', 'ordering_queue', 'settlement', 'attempt', 'delivery', 'outbox', 'effect_key']) {
      await db.pool.query(`delete from readback.${table}`)
    }
  })
}

function asRole(databaseUrl: string, role: string): string {
  const url = new URL(databaseUrl)
  url.searchParams.set('options', `-c role=${role}`)
  return url.href
}

export const deploy = (effect: string, document: object, hash = 'one', ordering: 'none' | 'per_key' = 'none') =>
  deployContract(db, {
    effect,
    version: 1,
    hash,
    document: JSON.stringify(document),
    keyRetentionMs: 30 * 24 * HOUR_MS,
    ordering,
  })

/** Commits an intent and returns its id. */
export async function commit(key: string, effect = 'invoice.issue'): Promise<string> {
  const enqueue = 'select entry_id from readback.enqueue($1, $2, $3, $4)'
  const { rows } = await db.pool.query(enqueue, ['acme', effect, key, '{}'])
  return rows[0].entry_id
}

/** Commits a move of an account: moves of one account happen in order. */
export const move = async (key: string, account = 'acc-1', more: { notBefore?: string; after?: string[] } = {}) =>
  (
    await enqueueIntent(
      db,
      { ...named(key, 'account.move'), payload: '{}', orderingKey: account, ...afterOf(more) },
      false,
    )
  ).entry_id

/** Commits an invoice that waits for others, by their keys. */
export const commitAfter = async (key: string, ...before: string[]) =>
  (await enqueueIntent(db, { ...named(key), payload: '{}', ...afterOf({ after: before }) }, false)).entry_id

const afterOf = ({ after, ...more }: { notBefore?: string; after?: string[] }) => ({
  ...more,
  ...(after && { after: after.map((key) => ({ effect: 'invoice.issue', key })) }),
})

export const claim = (entryId: string, owner?: string) => claimAll([entryId], owner)

/** Claims for calling, in the order given; all of them may start. */
export const claimAll = (entryIds: readonly string[], owner = OWNER, leaseMs = 60_000) =>
  claimForCall(db, { owner, leaseMs, entries: entryIds.map(wanted) }, async (_, claimed) => claimed)

export const wanted = (entryId: string) => ({ entryId, timeoutMs: 1_000, version: 1 })

/** The live row, or nothing. */
export async function liveRow(entryId: string) {
  const { rows } = await db.pool.query('select * from readback.delivery where entry_id = $1', [entryId])
  return rows[0]
}

export async function attempts(
  entryId: string,
): Promise<{ fence: number; kind: string; result: string; cause: string }[]> {
  const read = 'select fence, kind, result, cause from readback.every_attempt where entry_id = $1 order by fence'
  return (await db.pool.query(read, [entryId])).rows
}

/** Claims an entry and records how its call ended. */
export async function called(entryId: string, outcome: string, step: CallRecord['step']): Promise<void> {
  const [claimed] = await claim(entryId)
  const seen = {
    means: null,
    cause: outcome,
    status: 500,
    externalId: null,
    evidence: '{}',
    durationMs: 5,
    seen: false,
  }
  await recordCalls(db, OWNER, [{ entryId, fence: claimed?.fence ?? 0, step, outcome, ...seen }])
}

export async function dead(key: string, outcome = 'side_effect_unknown', effect = 'invoice.issue'): Promise<string> {
  const entryId = await commit(key, effect)
  await called(entryId, outcome, { to: 'dead', cause: outcome })
  return entryId
}

/** Reads an entry back and finds it. */
export async function look(entryId: string): Promise<void> {
  const [claimed] = await claimForLook(db, { owner: OWNER, leaseMs: 60_000, entryIds: [entryId] })
  const names = { entryId, fence: claimed?.fence ?? 0, committedAt: claimed?.created_at ?? '', contractVersion: 1 }
  const seen = { verdict: 'present', evidence: '{"seen":1,"status":200}', durationMs: 5, kept: '{"charge":"ch-1"}' }
  const end = { from: 'verifying', state: 'done', call: null, look: seen, externalId: 'inv-1' } as const
  await settle(db, OWNER, [{ ...names, ...end }])
}

export const done = async (key: string): Promise<string> => finish(await commit(key))

/** Calls an entry and sees that it is there. */
export async function finish(entryId: string): Promise<string> {
  await called(entryId, 'success', { to: 'verifying', dueInMs: 0 })
  await look(entryId)
  return entryId
}

/** Of an entry that is being called: it answers, and is seen to be there. */
export async function endWell(entryId: string): Promise<void> {
  await db.pool.query(
    `update readback.delivery set state = 'verifying', lease_owner = null, lease_until = null, due_at = now(), last_outcome = 'success'
     where entry_id = $1`,
    [entryId],
  )
  await look(entryId)
}

export const named = (key: string, effect = 'invoice.issue') => ({ tenant: 'acme', effect, key })

export const stateOf = async (key: string, effect?: string) => (await effectStatus(db, named(key, effect))).state

/** What an operator says of a change. */
export const command = <Rest extends object>(rest: Rest) => ({
  actor: 'ann',
  reason: 'provider is back',
  idempotencyKey: randomUUID(),
  ...rest,
})
