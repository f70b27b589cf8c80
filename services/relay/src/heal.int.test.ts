import { randomUUID } from 'node:crypto'
import { accountedTo, claimForCall, type Database, leadShards, openDatabase, startOf } from '@readback/store'
import { beforeEach, describe, expect, it } from 'vitest'
import { Healer } from './heal.ts'
import { createProducersDatabase } from './testing/create-producers-database.ts'
import { commitMany, holdOpen } from './testing/producers.ts'

const SHARDS = [0, 1, 2, 3, 4, 5, 6, 7]

let databaseUrl: string
let db: Database
let relay: string
let published: string[]
let backlog: number
let isBehind: boolean
let nowMs: number
let isWoken: boolean
let capturedIn: string

const ALL = '999999999999:999999999999:'

beforeEach(async () => {
  const database = await createProducersDatabase()
  databaseUrl = database.url
  db = openDatabase({ url: databaseUrl, applicationName: 'heal' })
  relay = randomUUID()
  await leadShards(db, { relay, leaseMs: 600_000, shared: false, role: 'relay' })
  published = []
  backlog = 0
  isBehind = false
  nowMs = 0
  isWoken = false
  capturedIn = ALL
  return async () => {
    await db.close()
    await database.drop()
  }
})

const createHealer = () =>
  new Healer({
    db,
    relay: () => relay,
    leadership: {
      shards: () => SHARDS,
      isBehind: () => isBehind,
      groups: () => [{ shards: SHARDS, read: startOf(capturedIn) }],
    },
    publish: async (_, rows) => void published.push(...rows.map((row) => row.key)),
    backlog: async () => backlog,
    monotonicMs: () => nowMs,
    observe: () => {},
    onWalk: () => {
      isWoken = true
    },
  })

/** What the healer publishes until it finds nothing more to do. */
async function heal(healer: Healer): Promise<string[]> {
  published = []
  while ((await healer.runOnce()) > 0);
  return published.sort()
}

/** Past the time that an entry is given to be claimed. */
const grace = () => db.pool.query('select pg_sleep(5.1)')

async function snapshotNow(): Promise<string> {
  const { rows } = await db.pool.query('select pg_current_snapshot()::text as snapshot')
  return rows[0].snapshot
}

async function claim(...keys: string[]): Promise<void> {
  const { rows } = await db.pool.query('select entry_id from readback.outbox where key = any ($1)', [keys])
  const entries = rows.map((row) => ({ entryId: String(row.entry_id), timeoutMs: 1_000, version: 1 }))
  await claimForCall(db, { owner: randomUUID(), leaseMs: 600_000, entries }, async (_, claimed) => claimed)
}

describe('the search for lost references', () => {
  it('waits until what is there was captured, but not for ever', async () => {
    const healer = createHealer()
    isBehind = true
    await commitMany(databaseUrl, 'old', 2)
    await grace()
    expect(await heal(healer)).toEqual([])
    nowMs += 61_000
    expect(await heal(healer)).toEqual(['old-1', 'old-2'])
    isBehind = false
    expect(await heal(healer)).toEqual(['old-1', 'old-2'])
  })

  it('goes past an open transaction, and does not pass over what that one shows later', async () => {
    const healer = createHealer()
    const writer = await holdOpen(databaseUrl, 'open')
    await commitMany(databaseUrl, 'lost', 2)
    await commitMany(databaseUrl, 'claimed', 2)
    await claim('claimed-1', 'claimed-2')
    expect(await heal(healer)).toEqual([])
    await grace()
    expect(await heal(healer)).toEqual(['lost-1', 'lost-2'])
    await claim('lost-1', 'lost-2')
    expect(await heal(healer)).toEqual([])

    await writer.commit()
    const { rows } = await db.pool.query("select entry_id from readback.outbox where key = 'open'")
    expect((await accountedTo(db, SHARDS)) < rows[0].entry_id).toBe(true)
    expect(await heal(healer)).toEqual(['open'])
    await claim('open')
    expect(await heal(healer)).toEqual([])
    expect((await accountedTo(db, SHARDS)) >= rows[0].entry_id).toBe(true)
  })

  it('takes nothing for lost that was committed late and is still to be captured, nor passes over it', async () => {
    const healer = createHealer()
    const writer = await holdOpen(databaseUrl, 'late')
    await commitMany(databaseUrl, 'claimed', 1)
    await claim('claimed-1')
    await grace()
    capturedIn = await snapshotNow()
    await writer.commit()
    expect(await heal(healer)).toEqual([])
    const { rows } = await db.pool.query("select entry_id from readback.outbox where key = 'late'")
    expect((await accountedTo(db, SHARDS)) < rows[0].entry_id).toBe(true)
    capturedIn = await snapshotNow()
    expect(await heal(healer)).toEqual(['late'])
  })

  it('ends with what is old enough, and does not run after each entry that becomes so', async () => {
    const healer = createHealer()
    await commitMany(databaseUrl, 'claimed', 2)
    await claim('claimed-1', 'claimed-2')
    await grace()
    expect(await healer.runOnce()).toBe(0)
    const { rows } = await db.pool.query('select max(entry_id::text) as last from readback.outbox')
    expect(await accountedTo(db, SHARDS)).toBe(rows[0].last)
  })

  it('is not made while references wait to be claimed, unless some have been waiting for long', async () => {
    const healer = createHealer()
    await commitMany(databaseUrl, 'a', 1)
    await grace()
    backlog = 1
    expect(await heal(healer)).toEqual([])
    nowMs = 61_000
    expect(await heal(healer)).toEqual(['a-1'])
    expect(await heal(healer)).toEqual([])
  })

  it('looks at once for what a queue has lost, and only for what its leader had captured', async () => {
    const healer = createHealer()
    backlog = 1
    await commitMany(databaseUrl, 'captured', 2)
    const visibleIn = await snapshotNow()
    await commitMany(databaseUrl, 'fresh', 2)
    await db.pool.query('select pg_sleep(0.002)')
    healer.walk({ shards: SHARDS, visibleIn })
    expect(isWoken).toBe(true)
    expect(await heal(healer)).toEqual(['captured-1', 'captured-2'])
    healer.walk({ shards: SHARDS, visibleIn: null })
    expect(await heal(healer)).toEqual(['captured-1', 'captured-2', 'fresh-1', 'fresh-2'])
    expect(await heal(healer)).toEqual([])
  })
})
