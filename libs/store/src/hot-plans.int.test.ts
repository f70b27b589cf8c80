import { randomUUID } from 'node:crypto'
import { waitFor } from '@readback/testing'
import pg from 'pg'
import { expect, it } from 'vitest'
import { callUp } from './claim/call-up.ts'
import { claimFirstCalls } from './claim/claim-first-calls.ts'
import { claimForCall } from './claim/claim-for-call.ts'
import { claimForLook } from './claim/claim-for-look.ts'
import { postponeClaims } from './claim/postpone-claims.ts'
import { storePrepared } from './claim/store-prepared.ts'
import { type Database, openDatabase } from './connect/database.ts'
import { expireLeases } from './keep/expire-leases.ts'
import { bringLookForward } from './record/bring-look-forward.ts'
import { recordCalls } from './record/record-calls.ts'
import { recordLooks } from './record/record-looks.ts'
import { settle } from './record/settle.ts'
import { captureDifference } from './relay/capture-difference.ts'
import { dueEntries } from './relay/due-entries.ts'
import { findUnclaimed } from './relay/find-unclaimed.ts'
import { startOf } from './relay/read-up-to.ts'
import { releaseHeld } from './relay/release-held.ts'
import { commit, commitAfter, databaseUrl, db, move, OWNER, useEntries, wanted } from './testing/entry-fixture.ts'

useEntries()

const SHARDS = [0, 1, 2, 3, 4, 5, 6, 7]
const SEEN = { cause: 'seen', status: 200, externalId: null, evidence: '{}', durationMs: 5 }

const LAST_CALL = { outcome: 'success', cause: 'http_200', evidence: '{}', durationMs: 5 }
const ACKNOWLEDGED = {
  from: 'calling',
  state: 'acknowledged',
  call: LAST_CALL,
  look: null,
  externalId: null,
  contractVersion: 1,
} as const

/** Of the tables that grow: scans from end to end, and rows that were read by an index. */
async function reads(): Promise<{ scans: number; rows: number }> {
  const { rows } = await db.pool.query(`
    select sum(seq_scan)::int as scans, sum(idx_tup_fetch)::int as rows from pg_stat_user_tables
    where relname ~ '^(outbox|delivery|settlement|attempt|ordering_queue|blocker)' and schemaname = 'readback'`)
  return rows[0]
}

/** What a session counted is known to others when it ends, at the latest. */
async function readsOf(work: (hot: Database) => Promise<unknown>): Promise<{ scans: number; rows: number }> {
  await endOtherSessions()
  const before = await reads()
  const hot = openDatabase({ url: databaseUrl, applicationName: 'hot plans', connectionsMax: 1 })
  await work(hot)
  await hot.close()
  const counted = async () => {
    const now = await reads()
    return now.rows > before.rows ? now : null
  }
  const after = await waitFor('the counts of the session', counted, { withinMs: 15_000 })
  return { scans: after.scans - before.scans, rows: after.rows - before.rows }
}

/** What they have counted is told when they end, and otherwise up to ten seconds later, when it would be taken for ours. */
async function endOtherSessions(): Promise<void> {
  const others = 'from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
  const client = new pg.Client(databaseUrl)
  await client.connect()
  await client.query(`select pg_terminate_backend(pid) ${others} and backend_type = 'client backend'`)
  const areGone = async () =>
    (await client.query(`select ${others} and backend_type = 'client backend'`)).rowCount === 0
  await waitFor('the other sessions to end', areGone, { withinMs: 15_000 })
  await client.end()
}

/** Settled and dead entries, in tables that are analyzed before: the statistics call them empty. */
async function fillBehindTheStatistics(count: number): Promise<void> {
  await db.pool.query('analyze')
  await db.pool.query(
    `insert into readback.settlement (entry_id, tenant, effect, state, contract_version, attempts, fence, committed_at)
     select readback.new_entry_id(), 'acme', 'invoice.issue', 'cancelled', 1, 0, 1, now() from generate_series(1, $1)`,
    [count],
  )
  await db.pool.query(
    `insert into readback.delivery (entry_id, shard, tenant, effect, state, cause, retry_from)
     select readback.new_entry_id(), 0, 'acme', 'invoice.issue', 'dead', 'mismatch', now() from generate_series(1, $1)`,
    [count],
  )
}

/** As many that wait for each other in one key, and for nothing that ends. */
async function fillWithHeld(count: number): Promise<void> {
  const held = Array.from({ length: count }, () => randomUUID())
  await db.pool.query(
    `insert into readback.ordering_queue (entry_id, tenant, ordering_key, position)
     select id, 'acme', 'blocked', place from unnest($1::uuid[]) with ordinality as held (id, place)`,
    [held],
  )
  await db.pool.query(
    'insert into readback.blocker (entry_id, blocker_id) select * from unnest($1::uuid[], $2::uuid[])',
    [held.slice(1), held.slice(0, -1)],
  )
  await db.pool.query(
    `insert into readback.delivery (entry_id, shard, tenant, effect, state, reason, retry_from)
     select id, 0, 'acme', 'account.move', 'held', 'order', now() from unnest($1::uuid[]) as held (id)`,
    [held],
  )
}

it.each([
  ['call every table empty', async () => fillBehindTheStatistics(0).then(() => fillWithHeld(3_000))],
  ['know what is there', async () => fillWithHeld(3_000).then(() => fillBehindTheStatistics(0))],
])('a step of a chain reads the rows of its chain and no others, while the statistics %s', async (_, fill) => {
  await fill()
  const chain: string[] = []
  for (const key of ['one', 'two', 'three', 'four']) chain.push(await move(key))
  await commit('before')
  chain.push(await commitAfter('after', 'before'))
  const read = await readsOf(async (hot) => {
    const entries = chain.map(wanted)
    const [first] = await claimForCall(hot, { owner: OWNER, leaseMs: 60_000, entries }, async (_, rows) => rows)
    const names = { entryId: first?.entry_id ?? '', fence: first?.fence ?? 0, committedAt: first?.created_at ?? '' }
    await settle(hot, OWNER, [{ ...ACKNOWLEDGED, ...names }])
    await captureDifference(hot, { since: startOf('1:1:'), shards: SHARDS, limit: 100, askWoken: true })
    expect(await releaseHeld(hot, { shards: SHARDS, limit: 100 })).toMatchObject({ released: [{ key: 'two' }] })
  })
  expect(read.scans).toBe(0)
  expect(read.rows).toBeLessThan(150)
})

it('hot statements read the rows of their batch and no others, while the statistics call every table empty', async () => {
  await fillBehindTheStatistics(3_000)
  const ids = await Promise.all(Array.from({ length: 80 }, (_, index) => commit(`key-${index}`)))
  const read = await readsOf(async (hot) => {
    const request = { owner: OWNER, leaseMs: 60_000 }
    const usual = ids.slice(40).map((id) => ({ ...wanted(id), effect: 'invoice.issue' }))
    const usualOnes = await claimFirstCalls(hot, { ...request, entries: usual })
    expect(usualOnes).toHaveLength(40)
    const bounded = { ...request, entries: ids.slice(0, 40).map(wanted) }
    const claimed = await claimForCall(hot, bounded, async (_, rows) => rows)
    const [first, ...others] = claimed
    const names = (row: (typeof claimed)[number]) => ({ entryId: row.entry_id, fence: row.fence })
    if (first) await storePrepared(hot, { owner: OWNER, ...names(first), values: '{}' })
    const call = {
      ...SEEN,
      outcome: 'success',
      means: null,
      seen: false,
      step: { to: 'verifying', dueInMs: 0 } as const,
    }
    await recordCalls(hot, OWNER, first ? [{ ...names(first), ...call }] : [])
    const about = { tenant: 'acme', effect: 'invoice.issue', everyMs: 0 }
    await bringLookForward(hot, { ...about, about: { by: 'key', value: first?.key ?? '' } })
    await bringLookForward(hot, { ...about, about: { by: 'external_id', value: 'in_1' } })
    await bringLookForward(hot, { ...about, about: { by: 'entry_id', value: first?.entry_id ?? '' } })
    const looks = await claimForLook(hot, { owner: OWNER, leaseMs: 60_000, entryIds: [first?.entry_id ?? ''] })
    const look = { ...SEEN, verdict: 'absent' as const, step: { to: 'verifying', dueInMs: 0 } as const }
    await recordLooks(
      hot,
      OWNER,
      looks.map((row) => ({ ...look, entryId: row.entry_id, fence: row.fence })),
    )
    await settle(
      hot,
      OWNER,
      [...others, ...usualOnes].map((row) => ({ ...ACKNOWLEDGED, ...names(row), committedAt: row.created_at })),
    )
    await dueEntries(hot, { shards: SHARDS, limit: 10, handOverMs: 0, recent: [], after: null })
    await expireLeases(hot, 10)
    await captureDifference(hot, { since: startOf('1:1:'), shards: SHARDS, limit: 100, askWoken: true })
    const all = { after: '00000000-0000-0000-0000-000000000000', olderThanMs: 0, visibleIn: null }
    await findUnclaimed(hot, { ...all, shards: SHARDS, pageRows: 100 })
  })
  expect(read.scans).toBe(0)
  // A dozen for each entry, and nothing of the thousands beside them.
  expect(read.rows).toBeLessThan(80 * 12)
})

it('what has to wait, and what became of calls, is written without a look at each call under way for each of them', async () => {
  const ids = await Promise.all(Array.from({ length: 100 }, (_, index) => commit(`key-${index}`)))
  const claimed = await claimForCall(
    db,
    { owner: OWNER, leaseMs: 60_000, entries: ids.map(wanted) },
    async (_, rows) => rows,
  )
  const read = await readsOf(async (hot) => {
    const late = claimed.slice(0, 40)
    await postponeClaims(
      hot.pool,
      late.map((row) => ({ entryId: row.entry_id, fence: row.fence, ms: 60_000, reason: 'concurrency' })),
    )
    expect(await callUp(hot, [{ effect: 'invoice.issue', tenant: 'acme', slots: 10 }])).toHaveLength(10)
    const step = { to: 'verifying', dueInMs: 0 } as const
    const made = { ...SEEN, outcome: 'success', means: null, seen: false, step }
    const ended = claimed.slice(40, 80).map((row) => ({ ...made, entryId: row.entry_id, fence: row.fence }))
    expect((await recordCalls(hot, OWNER, ended)).size).toBe(40)
  })
  expect(read.scans).toBe(0)
  expect(read.rows).toBeLessThan(90 * 12)
})
