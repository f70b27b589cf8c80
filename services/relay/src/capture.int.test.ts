import { type Database, openDatabase, type ReadUpTo, startOf } from '@readback/store'
import { beforeEach, expect, it, vi } from 'vitest'
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
  ({ groups: () => groups, isBehind: () => false, readTo: () => {}, writeDown: async () => 0 }) as unknown as Leadership

const unheard = {
  publish: async () => {},
  observe: () => {},
  reached: () => {},
  lintKeys: () => {},
  writeDownEveryMs: 100,
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

it('the cursor is written down now and then, not with each capture, and when the relay ends', async () => {
  const owner = '00000000-0000-7000-8000-000000000001'
  await db.pool.query(`insert into readback.process (id, role, host) values ($1, 'relay', 'here')`, [owner])
  const options = { role: 'relay', leaseMs: 60_000, shared: false, volatileDispatch: false }
  const leadership = new Leadership({ db, relay: () => owner, observe: () => {}, onRefsLost: () => {} }, options)
  await leadership.renew()
  let nowMs = 0
  const publish = vi.fn<() => Promise<void>>(async () => {})
  const capture = createCapture({
    ...unheard,
    publish,
    db,
    monotonicMs: () => nowMs,
    leadership,
    wake: new Wake(() => 0),
  })
  const captured = async (name: string) => {
    await commitMany(databaseUrl, name, 1)
    expect(await capture()).toBe(1)
    return await cursors()
  }
  const cursors = async () => {
    const { rows } = await db.pool.query('select shard, snapshot::text from readback.relay_cursor order by shard')
    return rows
  }

  const first = await captured('a')
  nowMs = 99
  expect(await captured('b')).toEqual(first)
  nowMs = 100
  const third = await captured('c')
  expect(third).not.toEqual(first)
  expect(await captured('d')).toEqual(third)
  expect(await capture()).toBe(0)
  await leadership.release()
  expect(await cursors()).not.toEqual(third)
  expect(publish).toHaveBeenCalledTimes(4)
})

/** All shards from a moment on. `writtenDown` counts. */
function leadingFrom(snapshot: string) {
  const group: ShardGroup = { shards: [0, 1, 2, 3, 4, 5, 6, 7], stored: '', read: startOf(snapshot) }
  const led = { group, isBehind: false, writtenDown: 0 }
  const leadership = {
    groups: () => [led.group],
    isBehind: () => led.isBehind,
    found: () => {},
    publishedTo: (_: readonly number[], read: ReadUpTo, { more }: { more: boolean }) => {
      led.group = { ...led.group, read }
      led.isBehind = more
    },
    readTo: () => {},
    writeDown: async () => {
      led.writtenDown += 1
      return 1
    },
  } as unknown as Leadership
  return { led, leadership }
}

it('the end of a backlog is written down at once: whoever comes after a crash would publish its last pages again', async () => {
  const { rows } = await db.pool.query('select pg_current_snapshot()::text as snapshot')
  await commitMany(databaseUrl, 'a', 5_000)
  const { led, leadership } = leadingFrom(rows[0].snapshot)
  const capture = createCapture({ ...unheard, db, monotonicMs: () => 0, leadership, wake: new Wake(() => 0) })
  const rounds: number[][] = []
  for (let nth = 0; nth < 4; nth += 1) rounds.push([await capture(), led.writtenDown])
  expect(rounds).toEqual([
    [2_000, 1],
    [2_000, 1],
    [1_000, 2],
    [0, 2],
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
