import { type Database, openDatabase } from '@readback/store'
import { beforeEach, describe, expect, it } from 'vitest'
import { createRepublisher } from './republish.ts'
import { createProducersDatabase } from './testing/create-producers-database.ts'
import { commitMany } from './testing/producers.ts'
import { Wake } from './wake.ts'

let db: Database
let databaseUrl: string
let published: string[]
let nowMs: number

beforeEach(async () => {
  const database = await createProducersDatabase()
  databaseUrl = database.url
  db = openDatabase({ url: databaseUrl, applicationName: 'republish' })
  published = []
  nowMs = 0
  return async () => {
    await db.close()
    await database.drop()
  }
})

const republisher = (outstandingMax: number, wake = new Wake(() => nowMs)) =>
  createRepublisher(
    {
      db,
      leadership: { shards: () => [0, 1, 2, 3, 4, 5, 6, 7] },
      wake,
      publish: async (_, rows) => void published.push(...rows.map((row) => row.key)),
      monotonicMs: () => nowMs,
      observe: () => {},
    },
    { outstandingMax },
  )

/** Commits a-1, a-2 and so on, whose backoff is over, each a second after the one before. */
async function due(count: number): Promise<void> {
  await commitMany(databaseUrl, 'a', count)
  await db.pool.query(
    `insert into readback.delivery (entry_id, shard, tenant, effect, state, attempts, due_at, reason, retry_from)
     select entry_id, shard, tenant, effect, 'scheduled', 1,
            now() - interval '1 hour' + substr(key, 3)::int * interval '1 second', 'backoff', created_at
     from readback.outbox`,
  )
}

describe('what is due and claimed by nobody', () => {
  it('is published again after a while, and not before', async () => {
    await due(2)
    const republish = republisher(10)
    expect([await republish(), await republish()]).toEqual([2, 0])
    nowMs = 5_001
    expect(await republish()).toBe(2)
  })

  it('is not asked about while nothing wakes the relay, but for a second after something was due', async () => {
    const wake = new Wake(() => 0)
    wake.done('due')
    wake.answered({ due: false, expired: false, ended: false })
    const republish = republisher(10, wake)
    expect(await republish()).toBe(0)
    await due(2)
    expect(await republish()).toBe(0)
    wake.answered({ due: true, expired: false, ended: false })
    expect([await republish(), await republish()]).toEqual([2, 0])
    await db.pool.query('update readback.delivery set fence = fence + 1')
    nowMs = 999
    expect([await republish(), await republish()]).toEqual([2, 0])
    await db.pool.query('update readback.delivery set fence = fence + 1')
    nowMs = 2_500
    expect(await republish()).toBe(0)
  })

  it('does not keep back what is due behind it', async () => {
    await due(5)
    const republish = republisher(2)
    for (let round = 0; round < 4; round += 1) {
      nowMs = round * 5_001
      await republish()
    }
    expect(published).toEqual(['a-1', 'a-2', 'a-3', 'a-4', 'a-5', 'a-1', 'a-2'])
  })
})
