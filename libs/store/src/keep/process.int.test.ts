import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { type Database, openDatabase } from '../connect/database.ts'
import { captureDifference } from '../relay/capture-difference.ts'
import { startOf } from '../relay/read-up-to.ts'
import {
  called,
  claim,
  claimAll,
  commit,
  databaseUrl,
  db,
  liveRow,
  OWNER,
  useEntries,
} from '../testing/entry-fixture.ts'
import { expireLeases } from './expire-leases.ts'
import { leaveProcess, reapLostProcesses, registerProcess } from './process.ts'

useEntries()

const LOST_MS = 5_000

async function process(seenAgo = '0 seconds'): Promise<string> {
  const id = randomUUID()
  await registerProcess(db, { id, role: 'worker', host: 'here' })
  await db.pool.query('update readback.process set seen_at = now() - $2::interval where id = $1', [id, seenAgo])
  return id
}

const endedLeases = () => expireLeases(db, 100)

it('what a lost process held is taken back, once, and what others hold is not', async () => {
  const lost = await process('10 seconds')
  const alive = await process()
  const [held, kept] = [await commit('held'), await commit('kept')]
  await Promise.all([claim(held, lost), claim(kept, alive)])
  const reaped = await Promise.all([reapLostProcesses(db, LOST_MS), reapLostProcesses(db, LOST_MS)])
  expect(reaped.toSorted()).toEqual([0, 1])
  const taken = await Promise.all([endedLeases(), endedLeases()])
  expect(taken.map(({ calls }) => calls).toSorted()).toEqual([0, 1])
  expect(await liveRow(held)).toMatchObject({ state: 'unknown', fence: 1 })
  expect(await liveRow(kept)).toMatchObject({ state: 'calling', lease_owner: alive })
  expect(await reapLostProcesses(db, LOST_MS)).toBe(0)
})

it('a process that leaves gives back what it holds', async () => {
  const id = await process()
  const held = await commit('held')
  await claim(held, id)
  await leaveProcess(db, id)
  await leaveProcess(db, id)
  expect(await endedLeases()).toEqual({ calls: 1, looks: 0 })
})

it('a process is lost without a look at those who wait for a person', async () => {
  await db.pool.query(
    `insert into readback.delivery (entry_id, shard, tenant, effect, state, cause, retry_from)
     select readback.new_entry_id(), 0, 'acme', 'invoice.issue', 'dead', 'mismatch', now() from generate_series(1, 3000)`,
  )
  await called(await commit('later'), 'retryable_failure', { to: 'scheduled', dueInMs: 7_200_000, reason: 'backoff' })
  const lost = await process('10 seconds')
  await claim(await commit('held'), lost)
  expect(await readsOf((relay) => reapLostProcesses(relay, LOST_MS))).toEqual({ scans: 0, rows: 1 })
})

it('leases that have run out are looked for without a look at what is due, however much that is', async () => {
  await db.pool.query(
    `insert into readback.delivery (entry_id, shard, tenant, effect, state, due_at, reason, retry_from)
     select readback.new_entry_id(), 0, 'acme', 'invoice.issue', 'scheduled', now() - interval '1 hour', 'concurrency', now()
     from generate_series(1, 3000)`,
  )
  const ask = { since: startOf('1:1:'), shards: [1], limit: 10, askWoken: true }
  const [held] = await claimAll([await commit('held')], OWNER, 0)
  expect(held).toBeDefined()
  const asking = await readsOf(async (relay) => {
    expect((await captureDifference(relay, { ...ask, shards: [0] })).woken).toMatchObject({ due: true, expired: true })
    expect(await expireLeases(relay, 10)).toEqual({ calls: 1, looks: 0 })
  })
  expect(asking.scans).toBe(0)
  expect(asking.rows).toBeLessThan(10)
})

/** On one connection, in one transaction, which knows what it has read of the live rows. */
async function readsOf(work: (relay: Database) => Promise<unknown>): Promise<{ scans: number; rows: number }> {
  const relay = openDatabase({ url: databaseUrl, applicationName: 'counted', connectionsMax: 1 })
  await relay.pool.query('begin')
  await work(relay)
  const read = `select seq_scan::int as scans, idx_tup_fetch::int as rows from pg_stat_xact_user_tables
    where relname = 'delivery' and schemaname = 'readback'`
  const [counted] = (await relay.pool.query(read)).rows
  await relay.pool.query('commit')
  await relay.close()
  return counted
}
