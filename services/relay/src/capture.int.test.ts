import { type Database, openDatabase, type ReadUpTo, startOf } from '@readback/store'
import { waitFor } from '@readback/testing'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createCapture } from './capture.ts'
import { Leadership, type ShardGroup } from './leadership.ts'
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
  ({ groups: () => groups, isBehind: () => false, readTo: () => {} }) as unknown as Leadership

const unheard = {
  publish: async () => {},
  observe: () => {},
  reached: () => {},
  lintKeys: () => {},
  onCaughtUp: () => {},
  waitMs: 0,
}

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
  const groups = [others, [due]].map((shards) => ({ shards, stored: snapshot, read: startOf(snapshot) }))
  const wake = new Wake(() => 0)
  wake.done('due')
  await createCapture({ ...unheard, db, monotonicMs: () => 0, leadership: leading(groups), wake })()
  expect(wake.has('due')).toBe(true)
})

/** A relay that leads every shard. */
async function lead({ waitMs = 0, monotonicMs = (): number => 0 } = {}) {
  const owner = '00000000-0000-7000-8000-000000000001'
  await db.pool.query(`insert into readback.process (id, role, host) values ($1, 'relay', 'here')`, [owner])
  const options = { role: 'relay', leaseMs: 60_000, shared: false, volatileDispatch: false }
  const leadership = new Leadership({ db, relay: () => owner, observe: () => {}, onRefsLost: () => {} }, options)
  await leadership.renew()
  const wake = new Wake(() => 0)
  const capture = createCapture({ ...unheard, waitMs, db, monotonicMs, leadership, wake })
  return { leadership, capture }
}

describe('a capture that may wait', () => {
  let nowMs = 0

  const leadWaiting = async () => {
    nowMs = 0
    const { leadership, capture } = await lead({ waitMs: 60_000, monotonicMs: () => nowMs })
    const knows = async () => (await capture()) === 0 && leadership.groups()[0]?.read.openFrom != null
    // Other tests have transactions open in databases of the same server.
    await waitFor('older transactions to end', knows, { withinMs: 30_000 })
    const captureNext = async (name: string) => {
      await commitMany(databaseUrl, name, 1)
      expect(await capture()).toBe(1)
    }
    const waitsForNext = async (name: string) => {
      const next = capture()
      const waits = `select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`
      await waitFor('it to wait', async () => (await db.pool.query(waits)).rows.length > 0, { withinMs: 10_000 })
      await commitMany(databaseUrl, name, 1)
      expect(await next).toBe(1)
    }
    return { capture, captureNext, waitsForNext }
  }

  it('waits for the next intent after one, until that is no longer near', async () => {
    const { capture, captureNext, waitsForNext } = await leadWaiting()
    await captureNext('a')
    await waitsForNext('b')
    nowMs = 50
    expect(await capture()).toBe(0)
  })

  it('does not while they come close upon each other', async () => {
    const { capture, captureNext, waitsForNext } = await leadWaiting()
    await captureNext('a')
    nowMs = 19
    await captureNext('b')
    nowMs = 38
    expect(await capture()).toBe(0)
    nowMs = 39
    await waitsForNext('c')
  })
})

it('what is published while the cursor is written down is written down by the next one, or when the relay ends', async () => {
  const { leadership, capture } = await lead()
  const captured = async (name: string) => {
    await commitMany(databaseUrl, name, 1)
    expect(await capture()).toBe(1)
  }
  const cursors = async () => {
    const { rows } = await db.pool.query('select shard, snapshot::text from readback.relay_cursor order by shard')
    return rows
  }

  const start = await cursors()
  await captured('a')
  expect(await cursors()).toEqual(start)
  const locked = await db.pool.connect()
  await locked.query('begin')
  await locked.query('select from readback.relay_cursor for update')
  const writing = leadership.writeDown()
  await captured('b')
  await locked.query('commit')
  locked.release()
  expect(await writing).toBe(8)
  const first = await cursors()
  expect(first).not.toEqual(start)
  expect(await leadership.writeDown()).toBe(8)
  const second = await cursors()
  expect(second).not.toEqual(first)
  expect(await leadership.writeDown()).toBe(0)
  await captured('c')
  await leadership.release()
  expect(await cursors()).not.toEqual(second)
})

it('what is published while the cursors of other shards are written down is written down by the next one', async () => {
  const { leadership } = await lead()
  const publishedTo = (shards: readonly number[], xmax: number) =>
    leadership.publishedTo(shards, startOf(`${xmax}:${xmax}:`), { more: false })
  publishedTo([0, 1, 2, 3], 1_000_000)
  publishedTo([4, 5, 6, 7], 1_000_001)
  const locked = await db.pool.connect()
  await locked.query('begin')
  await locked.query('select from readback.relay_cursor where shard = 0 for update')
  const writing = leadership.writeDown()
  publishedTo([4, 5, 6, 7], 1_000_002)
  await locked.query('commit')
  locked.release()
  expect(await writing).toBe(8)
  expect(await leadership.writeDown()).toBe(4)
  expect(await leadership.writeDown()).toBe(0)
})

it('a cursor that is rebuilt stays so, whatever a renewal that began before it has read', async () => {
  const { leadership } = await lead()
  const before = leadership.groups()
  const locked = await db.pool.connect()
  await locked.query('begin')
  await locked.query('select from readback.relay_cursor for update')
  const waiting = async (count: number) => {
    const read = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await waitFor(`${count} to wait`, async () => (await db.pool.query(read)).rowCount === count, { withinMs: 5_000 })
  }
  const renewing = leadership.renew()
  await waiting(1)
  const restarting = leadership.restart(leadership.shards())
  await waiting(2)
  await locked.query('commit')
  locked.release()
  await Promise.all([renewing, restarting])
  const { rows } = await db.pool.query('select distinct snapshot::text as stored from readback.relay_cursor')
  expect(leadership.groups().map(({ read }) => read.snapshot)).toEqual(rows.map(({ stored }) => stored))
  expect(leadership.groups()).not.toEqual(before)
})

it('what could not be written down is written down by the next one', async () => {
  const { leadership, capture } = await lead()
  await commitMany(databaseUrl, 'a', 1)
  expect(await capture()).toBe(1)
  await db.pool.query('alter table readback.relay_cursor rename to away')
  await expect(leadership.writeDown()).rejects.toThrow('relay_cursor')
  await db.pool.query('alter table readback.away rename to relay_cursor')
  expect(await leadership.writeDown()).toBe(8)
})

/** All shards from a moment on. */
function leadingFrom(snapshot: string) {
  const group: ShardGroup = { shards: [0, 1, 2, 3, 4, 5, 6, 7], read: startOf(snapshot) }
  const led = { group, isBehind: false }
  const leadership = {
    groups: () => [led.group],
    isBehind: () => led.isBehind,
    found: () => {},
    publishedTo: (_: readonly number[], read: ReadUpTo, { more }: { more: boolean }) => {
      led.group = { ...led.group, read }
      led.isBehind = more
    },
    readTo: () => {},
  } as unknown as Leadership
  return { led, leadership }
}

it('the end of a backlog is told at once: whoever comes after a crash would publish again what is not written down', async () => {
  const { rows } = await db.pool.query('select pg_current_snapshot()::text as snapshot')
  await commitMany(databaseUrl, 'a', 5_000)
  const { leadership } = leadingFrom(rows[0].snapshot)
  const onCaughtUp = vi.fn<() => void>()
  const deps = { ...unheard, onCaughtUp, db, monotonicMs: () => 0, leadership, wake: new Wake(() => 0) }
  const capture = createCapture(deps)
  const rounds: number[][] = []
  for (let nth = 0; nth < 4; nth += 1) rounds.push([await capture(), onCaughtUp.mock.calls.length])
  expect(rounds).toEqual([
    [2_000, 0],
    [2_000, 0],
    [1_000, 1],
    [0, 1],
  ])
})

it('a page that was read ahead is read again by who leads fewer shards by then', async () => {
  const { rows } = await db.pool.query('select pg_current_snapshot()::text as snapshot')
  await commitMany(databaseUrl, 'a', 5_000)
  const { led, leadership } = leadingFrom(rows[0].snapshot)
  const published: string[] = []
  const publish = async (_: string, refs: readonly { entry_id: string }[]) => {
    published.push(...refs.map(({ entry_id }) => entry_id))
  }
  const capture = createCapture({ ...unheard, publish, db, monotonicMs: () => 0, leadership, wake: new Wake(() => 0) })

  expect(await capture()).toBe(2_000)
  const first = new Set(published)
  led.group = { ...led.group, shards: [3, 5] }
  while ((await capture()) > 0);
  const rest = published.filter((id) => !first.has(id))
  const mine = await db.pool.query('select entry_id from readback.outbox where shard in (3, 5)')
  const expected = mine.rows.map(({ entry_id }) => entry_id).filter((id) => !first.has(id))
  expect(expected.length).toBeGreaterThan(0)
  expect([...rest].sort()).toEqual([...expected].sort())
  expect(published).toHaveLength(first.size + rest.length)
})
