import { type Database, openDatabase } from '@readback/store'
import { beforeEach, expect, it } from 'vitest'
import { captureOnce } from './capture.ts'
import type { Leadership, ShardGroup } from './leadership.ts'
import { createProducersDatabase } from './testing/create-producers-database.ts'
import { commitMany } from './testing/producers.ts'
import { Wake } from './wake.ts'

let db: Database
let databaseUrl: string

beforeEach(async () => {
  const database = await createProducersDatabase()
  databaseUrl = database.url
  db = openDatabase({ url: databaseUrl, applicationName: 'capture' })
  return async () => {
    await db.close()
    await database.drop()
  }
})

const leading = (groups: readonly ShardGroup[]) =>
  ({ groups: () => groups, readTo: () => {}, found: () => {} }) as unknown as Leadership

it('a capture of several groups of shards asks for what is due in each of them', async () => {
  await commitMany(databaseUrl, 'a', 1)
  const { rows } = await db.pool.query(
    `insert into readback.delivery (entry_id, shard, tenant, effect, state, attempts, due_at, reason, retry_from)
     select entry_id, shard, tenant, effect, 'scheduled', 1, now(), 'backoff', created_at from readback.outbox returning shard`,
  )
  const due: number = rows[0].shard
  const others = [0, 1, 2, 3, 4, 5, 6, 7].filter((shard) => shard !== due)
  const snapshots = await db.pool.query('select pg_current_snapshot()::text as snapshot')
  const { snapshot } = snapshots.rows[0]
  const groups = [others, [due]].map((shards) => ({ shards, stored: snapshot, read: snapshot }))
  const wake = new Wake(() => 0)
  wake.done('due')
  const parts = {
    db,
    relay: () => 'relay',
    publish: async () => {},
    observe: () => {},
    reached: () => {},
    lintKeys: () => {},
  }
  await captureOnce({ ...parts, leadership: leading(groups), wake })
  expect(wake.has('due')).toBe(true)
})
