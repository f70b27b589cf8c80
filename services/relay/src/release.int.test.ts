import { randomUUID } from 'node:crypto'
import { passOn, type Reached } from '@readback/service-kit'
import {
  claimForCall,
  type Database,
  deployContract,
  dueEntries,
  enqueueIntent,
  openDatabase,
  settle,
} from '@readback/store'
import { createTestDatabase } from '@readback/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { createReleaser, type Releaser } from './release.ts'
import { Wake } from './wake.ts'

const OWNER = randomUUID()
const SHARDS = [0, 1, 2, 3, 4, 5, 6, 7]

let db: Database
let published: string[]
let observed: object[]
let nowMs: number
let wake: Wake

beforeEach(async () => {
  const database = await createTestDatabase()
  db = openDatabase({ url: database.url, applicationName: 'release' })
  const contract = { version: 1, hash: 'one', document: '{}', keyRetentionMs: 86_400_000 }
  await deployContract(db, { ...contract, effect: 'account.move', ordering: 'per_key' })
  published = []
  observed = []
  nowMs = 0
  wake = new Wake(() => nowMs)
  wake.done('ended')
  wake.answered({ due: false, expired: false, ended: false })
  return async () => {
    await db.close()
    await database.drop()
  }
})

const releaser = (reached: Reached = passOn, shards = SHARDS): Releaser =>
  createReleaser({
    db,
    leadership: { shards: () => shards },
    wake,
    publish: async (_, rows) => void published.push(...rows.map(({ key }) => key)),
    monotonicMs: () => nowMs,
    observe: (observation) => observed.push(observation),
    reached,
  })

/** Commits moves of one account, and claims what may begin: the first. The others are held. */
async function moves(...keys: string[]): Promise<string[]> {
  const ids: string[] = []
  const intent = { tenant: 'acme', effect: 'account.move', payload: '{}', orderingKey: 'acc-1' }
  for (const key of keys) ids.push((await enqueueIntent(db, { ...intent, key }, false)).entry_id)
  await end(ids, 0)
  return ids
}

/** Claims what may begin, and ends so many. */
async function end(ids: readonly string[], count = 1): Promise<void> {
  const entries = ids.map((entryId) => ({ entryId, timeoutMs: 1_000, version: 1 }))
  const claimed = await claimForCall(db, { owner: OWNER, leaseMs: 60_000, entries }, async (_, rows) => rows)
  const call = { outcome: 'success', cause: 'http_200', evidence: '{}', durationMs: 1 }
  const how = {
    from: 'calling',
    state: 'acknowledged',
    call,
    look: null,
    externalId: null,
    contractVersion: 1,
  } as const
  const live = await db.pool.query("select entry_id, fence from readback.delivery where state = 'calling'")
  expect(claimed.length).toBeLessThan(2)
  await settle(
    db,
    OWNER,
    live.rows
      .slice(0, count)
      .map((row) => ({ ...how, entryId: row.entry_id, fence: row.fence, committedAt: new Date().toISOString() })),
  )
}

const mark = () => wake.answered({ due: false, expired: false, ended: true })

describe('a release', () => {
  it('publishes what it lets go, once', async () => {
    const ids = await moves('one', 'two', 'three')
    const { releaseOnce } = releaser()
    await end(ids)
    mark()
    expect(await releaseOnce()).toBe(1)
    expect([published, observed]).toEqual([['two'], [{ type: 'entries_released', count: 1 }]])
    expect([await releaseOnce(), published]).toEqual([0, ['two']])
  })

  it('that dies before it has published leaves a due row', async () => {
    const ids = await moves('one', 'two')
    await end(ids)
    mark()
    const dies = releaser((point) => {
      throw new Error(`dies at ${point}`)
    })
    await expect(dies.releaseOnce()).rejects.toThrow('dies at released')
    expect(published).toEqual([])
    const due = await dueEntries(db, { shards: SHARDS, limit: 10, handOverMs: 0, recent: [], after: null })
    expect(due).toMatchObject([{ key: 'two', topic: 'deliver' }])
  })

  it('is made where its shard is led, and nowhere else', async () => {
    await end(await moves('one', 'two'))
    mark()
    const { rows } = await db.pool.query("select shard from readback.delivery where state = 'held'")
    const others = SHARDS.filter((shard) => shard !== rows[0].shard)
    expect(await releaser(passOn, others).releaseOnce()).toBe(0)
    expect(await releaser(passOn, []).releaseOnce()).toBe(0)
    mark()
    expect(await releaser(passOn, [rows[0].shard]).releaseOnce()).toBe(1)
  })
})

describe('the database', () => {
  it('is asked when something has ended, and for a second after a release', async () => {
    const ids = await moves('one', 'two', 'three', 'four')
    const { releaseOnce, isAwake } = releaser()
    await end(ids)
    expect([await releaseOnce(), isAwake()]).toEqual([0, false])
    mark()
    expect([await releaseOnce(), isAwake()]).toEqual([1, true])
    await end(ids)
    wake.done('ended')
    nowMs = 500
    wake.answered({ due: false, expired: false, ended: false })
    expect(await releaseOnce()).toBe(1)
    await end(ids)
    nowMs = 1_500
    wake.answered({ due: false, expired: false, ended: false })
    expect([await releaseOnce(), isAwake()]).toEqual([0, false])
  })
})
