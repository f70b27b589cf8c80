import { randomUUID } from 'node:crypto'
import { createTestDatabase, waitFor } from '@readback/testing'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../connect/database.ts'
import { registerProcess } from '../keep/process.ts'
import { waitsForLock } from '../testing/waits-for-lock.ts'
import { advanceCursor } from './advance-cursor.ts'
import { rememberAccounted } from './find-unclaimed.ts'
import { leadShards, releaseShards } from './lead-shards.ts'

let db: Database

beforeAll(async () => {
  const database = await createTestDatabase()
  db = openDatabase({ url: database.url, applicationName: 'lead shards', connectionsMax: 20 })
  return async () => {
    await db.close()
    await database.drop()
  }
})

beforeEach(async () => {
  await db.pool.query('update readback.relay_cursor set lease_owner = null, lease_until = null')
  await db.pool.query('truncate readback.process')
})

const ALL = [0, 1, 2, 3, 4, 5, 6, 7]
const LONG_MS = 600_000

async function lead(relay: string, { leaseMs = LONG_MS, shared = false } = {}) {
  const led = await leadShards(db, { relay, leaseMs, shared, role: 'relay' })
  return led.map(({ shard }) => shard).sort()
}

async function relays(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID())
  await Promise.all(ids.map((id) => registerProcess(db, { id, role: 'relay', host: 'here' })))
  return ids
}

describe('leading alone', () => {
  it('the first relay leads every shard, and again whenever it renews', async () => {
    const [first, second] = [randomUUID(), randomUUID()]
    expect(await lead(first)).toEqual(ALL)
    expect(await lead(second)).toEqual([])
    expect(await lead(first)).toEqual(ALL)
  })

  it('another takes over what ran out, and what was given up', async () => {
    const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()]
    await lead(first, { leaseMs: 0 })
    expect(await lead(second)).toEqual(ALL)
    expect(await lead(first)).toEqual([])
    await releaseShards(db, second)
    expect(await lead(third)).toEqual(ALL)
  })

  it('of many that ask at the same moment one leads, and nobody waits for ever', async () => {
    const led = await Promise.all(Array.from({ length: 16 }, () => lead(randomUUID())))
    expect(led.flat().sort()).toEqual(ALL)
  })
})

describe('a leader that is at work', () => {
  it('keeps its shards when it renews while its cursor moves', async () => {
    const relay = randomUUID()
    await lead(relay)
    const client = await db.pool.connect()
    await client.query('begin')
    await client.query('update readback.relay_cursor set moved_at = now() where shard = 3')
    const renewed = lead(relay)
    await waitFor('the renewal to wait', () => waitsForLock(db), { withinMs: 5_000 })
    await client.query('commit')
    client.release()
    expect(await renewed).toEqual(ALL)
  })

  it('is not waited for by others', async () => {
    const relay = randomUUID()
    await lead(relay, { leaseMs: 0 })
    const client = await db.pool.connect()
    await client.query('begin')
    await client.query('update readback.relay_cursor set moved_at = now() where shard = 3')
    expect(await lead(randomUUID())).toEqual(ALL.filter((shard) => shard !== 3))
    await client.query('rollback')
    client.release()
  })

  it('renews, moves and remembers at the same time without ever standing in its own way', async () => {
    const relay = randomUUID()
    await lead(relay)
    const { rows } = await db.pool.query('select snapshot::text from readback.relay_cursor')
    let snapshot = rows[0].snapshot
    const move = async (n: number) => {
      const to = `${100 + n}:${100 + n}:`
      // Part of the shards moves first, so that their rows lie in another order than their numbers.
      for (const shards of [
        [7, 2, 5],
        [0, 1, 3, 4, 6],
      ])
        expect(await advanceCursor(db, { relay, shards, from: snapshot, to })).toBe(true)
      snapshot = to
    }
    for (let n = 0; n < 100; n += 1) {
      const upTo = `00000000-0000-7000-8000-${String(n + 1).padStart(12, '0')}`
      const [, led] = await Promise.all([move(n), lead(relay), rememberAccounted(db, { relay, shards: ALL, upTo })])
      expect(led).toEqual(ALL)
    }
  })
})

describe('leading with others', () => {
  it('each live relay leads an equal part', async () => {
    const ids = await relays(3)
    for (let round = 0; round < 4; round += 1) for (const id of ids) await lead(id, { shared: true })
    const led = await Promise.all(ids.map((id) => lead(id, { shared: true })))
    expect(led.flat().sort()).toEqual(ALL)
    expect(led.map((shards) => shards.length).sort()).toEqual([2, 3, 3])
  })

  it('a relay that comes later is given its part by those that lead', async () => {
    const [first, second] = (await relays(1)).concat(randomUUID()) as [string, string]
    expect(await lead(first, { shared: true })).toEqual(ALL)
    await registerProcess(db, { id: second, role: 'relay', host: 'here' })
    expect(await lead(second, { shared: true })).toEqual([])
    expect(await lead(first, { shared: true })).toHaveLength(4)
    expect(await lead(second, { shared: true })).toHaveLength(4)
  })
})
