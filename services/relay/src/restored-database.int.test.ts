import { type ClaimedCall, claimForCall, type Database, openDatabase } from '@readback/store'
import { type TestDatabase, waitFor } from '@readback/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { createProducersDatabase } from './testing/create-producers-database.ts'
import { commitMany } from './testing/producers.ts'
import { createRecordingDispatch, type RecordingDispatch } from './testing/recording-dispatch.ts'
import { startTestRelay, type TestRelay } from './testing/start-test-relay.ts'

let database: TestDatabase
let db: Database

beforeEach(async () => {
  database = await createProducersDatabase()
  db = openDatabase({ url: database.url, applicationName: 'restored database' })
  return async () => {
    await db.close()
    await database.drop()
  }
})

const OTHER_SERVER = "lineage = '7000000000000000000/00000001'"
/** As if the server had lost its last million transactions. */
const FROM_THE_FUTURE = `snapshot = (select format('%1$s:%1$s:', pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1000000))::pg_snapshot`

/** Commits 30 intents, has them all published, then claims the first 10 and settles the second 10. */
async function commitClaimAndSettle(): Promise<void> {
  const dispatch = createRecordingDispatch()
  const relay = startTestRelay(database.url, dispatch)
  await commitMany(database.url, 'live', 10)
  await commitMany(database.url, 'settled', 10)
  await commitMany(database.url, 'pending', 10)
  await published(dispatch, 30)
  await relay.close()
  await claimAll('live')
  const settled = await claimAll('settled')
  await db.pool.query('delete from readback.delivery where entry_id = any ($1)', [settled.map((row) => row.entry_id)])
  await db.pool.query(
    `insert into readback.settlement (entry_id, tenant, effect, state, contract_version, attempts, fence, committed_at)
     select entry_id, tenant, effect, 'acknowledged', 1, 1, 1, created_at from readback.outbox where entry_id = any ($1)`,
    [settled.map((row) => row.entry_id)],
  )
}

async function claimAll(name: string): Promise<readonly ClaimedCall[]> {
  const { rows } = await db.pool.query("select entry_id from readback.outbox where key like $1 || '-%'", [name])
  const entries = rows.map((row) => ({ entryId: String(row.entry_id), timeoutMs: 1_000, version: 1 }))
  return claimForCall(db, { owner: crypto.randomUUID(), leaseMs: 600_000, entries }, async (_, rows) => rows)
}

const published = (dispatch: RecordingDispatch, count: number) =>
  waitFor(`${count} references`, () => dispatch.keys().length >= count, { withinMs: 8_000 })

const namesOf = (dispatch: RecordingDispatch) => [...new Set(dispatch.keys().map((key) => key.split('-')[0]))].sort()

/** Commits new intents until the relay has gone round so many times. */
async function goRound(dispatch: RecordingDispatch, times: number): Promise<void> {
  for (let nth = 0; nth < times; nth += 1) {
    await commitMany(database.url, `new-${nth}`, 1)
    await waitFor('the next round', () => dispatch.keys().includes(`new-${nth}-1`), { withinMs: 5_000 })
  }
}

describe('a database that lives on another server, or was set back', () => {
  it.each([
    ['another server', OTHER_SERVER],
    ['transactions that went backwards', FROM_THE_FUTURE],
  ])('%s: what is neither live nor settled is published again, and nothing else', async (_, change) => {
    await commitClaimAndSettle()
    await db.pool.query(`update readback.relay_cursor set ${change}`)
    const dispatch = createRecordingDispatch()
    const relay = startTestRelay(database.url, dispatch)
    await published(dispatch, 10)
    await goRound(dispatch, 10)
    await relay.close()
    expect(namesOf(dispatch)).toEqual(['new', 'pending'])
    expect(dispatch.keys().filter((key) => key.startsWith('pending'))).toHaveLength(10)
    expect(relay.observed('cursor_rebuilt')).not.toEqual([])
    // At once, not when the next sweep finds that something is missing.
    expect(relay.observed('books_checked').filter(({ unclaimed }) => unclaimed > 0)).toEqual([])
    const { rows } = await db.pool.query(
      'select distinct lineage = readback.lineage() as ours from readback.relay_cursor',
    )
    expect(rows).toEqual([{ ours: true }])
  })

  it('rows of transactions that are still to come are published once, not in every round', async () => {
    await commitClaimAndSettle()
    await db.pool.query(
      `update readback.outbox set xid = (xid::text::bigint + 1000000)::text::xid8 where key like 'pending-%'`,
    )
    await db.pool.query(`update readback.relay_cursor set ${FROM_THE_FUTURE}`)
    const dispatch = createRecordingDispatch()
    const relay: TestRelay = startTestRelay(database.url, dispatch)
    await published(dispatch, 10)
    await goRound(dispatch, 20)
    await relay.close()
    expect(dispatch.keys().filter((key) => key.startsWith('pending'))).toHaveLength(10)
    expect(dispatch.keys()).toHaveLength(30)
  })
})
