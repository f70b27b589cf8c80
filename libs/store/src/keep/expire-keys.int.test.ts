import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../connect/database.ts'
import { commit, databaseUrl, db, done, stateOf, useEntries } from '../testing/entry-fixture.ts'
import { makeDead, pastEntries, settleByHand } from '../testing/past-entries.ts'
import { expireKeys, type KeysPortion } from './expire-keys.ts'

useEntries()

beforeEach(async () => {
  await db.pool.query(`update readback.key_walk set next_block = 0, walked_at = '-infinity'`)
})

const AGO = '20 days'
const PARTS = 8

/** Once through all parts. Returns how many keys were forgotten. */
async function walk(portion: KeysPortion = { blocks: 1_000, keysMax: 1_000 }, on = db): Promise<number> {
  let count = 0
  for (let part = 0; part < PARTS; part += 1) count += (await expireKeys(on, portion)).expired
  return count
}

async function keys(): Promise<string[]> {
  return (await db.pool.query('select key from readback.effect_key order by key')).rows.map((row) => row.key)
}

describe('keys whose time is over', () => {
  it('are forgotten when their entries have settled, and no others; once is as good as twice', async () => {
    await pastEntries(db, { ago: AGO, count: 100, keysFor: '-1 hour' })
    await pastEntries(db, { ago: '19 days', count: 2, keysFor: '1 hour' })
    await done('fresh')
    expect([await walk(), await walk()]).toEqual([100, 0])
    expect(await keys()).toEqual(['19 days-1', '19 days-2', 'fresh'])
  })

  it('stay while the entry is dead, or waits to be claimed: they keep the effect from happening twice', async () => {
    const [dead = '', pending = ''] = await pastEntries(db, { ago: AGO, count: 2, pending: true, keysFor: '-1 hour' })
    await makeDead(db, dead)
    expect(await walk()).toBe(0)
    await settleByHand(db, dead)
    expect(await walk()).toBe(1)
    await settleByHand(db, pending)
    expect(await walk()).toBe(1)
    expect(await keys()).toEqual([])
  })

  it('are forgotten when the week of their entries was dropped', async () => {
    await pastEntries(db, { ago: AGO, count: 3, keysFor: '-1 hour' })
    await db.pool.query('delete from readback.outbox')
    await db.pool.query('delete from readback.settlement')
    expect(await walk()).toBe(3)
  })

  it('can be used again, for another intent', async () => {
    await commit('again')
    const [first = ''] = (await db.pool.query('select entry_id from readback.outbox')).rows.map((row) => row.entry_id)
    await settleByHand(db, first)
    await db.pool.query(`update readback.effect_key set expires_at = now() - interval '1 second'`)
    expect(await commit('again')).toBe(first)
    await walk()
    expect(await commit('again')).not.toBe(first)
    expect(await stateOf('again')).toBe('pending')
  })

  it('are gone through in portions, of blocks and of keys', async () => {
    await pastEntries(db, { ago: AGO, count: 2_000, keysFor: '-1 hour' })
    const portion = { blocks: 1, keysMax: 20 }
    const first = await expireKeys(db, portion)
    expect(first).toEqual({ expired: 20, more: true })
    let rounds = 0
    while ((await keys()).length > 0 && rounds < 1_000) {
      await expireKeys(db, portion)
      rounds += 1
    }
    expect(await keys()).toEqual([])
    // Twenty at a time, and a few for the ends of blocks.
    expect(rounds).toBeGreaterThan(99)
    expect(rounds).toBeLessThan(400)
  })

  it('are forgotten once by two who walk at once', async () => {
    await pastEntries(db, { ago: AGO, count: 500, keysFor: '-1 hour' })
    const other = openDatabase({ url: databaseUrl, applicationName: 'another leader' })
    const portion = { blocks: 1_000, keysMax: 10 }
    const walkAll = async (on: typeof db) => {
      let count = 0
      for (let round = 0; round < 40; round += 1) count += await walk(portion, on)
      return count
    }
    const [mine, others] = await Promise.all([walkAll(db), walkAll(other)])
    await other.close()
    expect(mine + others).toBe(500)
    expect(await keys()).toEqual([])
  })
})
