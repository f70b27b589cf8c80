import { randomUUID } from 'node:crypto'
import { waitFor } from '@readback/testing'
import { describe, expect, it } from 'vitest'
import { claim, commit, db, done, useEntries } from '../testing/entry-fixture.ts'
import { accountedTo, findUnclaimed, firstOpenId, rememberAccounted, type UnclaimedRequest } from './find-unclaimed.ts'
import { leadShards } from './lead-shards.ts'

useEntries()

const ALL = [0, 1, 2, 3, 4, 5, 6, 7]
const FIRST = '00000000-0000-0000-0000-000000000000'

const find = (request: Partial<UnclaimedRequest> = {}) =>
  findUnclaimed(db, { after: FIRST, shards: ALL, olderThanMs: 0, pageRows: 100, visibleIn: null, ...request })

const keysOf = ({ unclaimed }: Awaited<ReturnType<typeof find>>) => unclaimed.map((row) => row.key)

/** Ids have milliseconds, and the search leaves the current one out. */
const settledMillisecond = () => db.pool.query('select pg_sleep(0.002)')

describe('the search for lost entries', () => {
  it('finds what is committed and neither live nor settled', async () => {
    await commit('a')
    await claim(await commit('live'))
    await done('settled')
    await commit('b')
    await settledMillisecond()
    expect(keysOf(await find())).toEqual(['a', 'b'])
  })

  it('goes page by page, and says when there is nothing left', async () => {
    for (const key of ['a', 'b', 'c']) await commit(key)
    await settledMillisecond()
    const first = await find({ pageRows: 2 })
    const second = await find({ pageRows: 2, after: first.scannedTo ?? '' })
    expect([keysOf(first), keysOf(second)]).toEqual([['a', 'b'], ['c']])
    expect(await find({ after: second.scannedTo ?? '' })).toEqual({
      scannedTo: null,
      more: false,
      unclaimed: [],
      unseen: false,
    })
  })

  it('leaves alone what is young, of other shards, or was not visible yet', async () => {
    await commit('a')
    const { rows } = await db.pool.query('select pg_current_snapshot()::text as snapshot')
    const b = await commit('b')
    const { rows: later } = await db.pool.query('select pg_current_snapshot()::text as snapshot')
    await settledMillisecond()
    expect(keysOf(await find({ olderThanMs: 60_000 }))).toEqual([])
    expect(keysOf(await find({ shards: [] }))).toEqual([])
    const visibleIn = [later[0].snapshot, rows[0].snapshot]
    const found = await find({ visibleIn })
    expect([keysOf(found), found.unseen]).toEqual([['a'], true])
    await claim(b)
    expect((await find({ visibleIn })).unseen).toBe(false)
  })

  it('knows from which id on open transactions may still show something', async () => {
    const client = await db.pool.connect()
    await client.query('begin')
    const enqueue = "select entry_id from readback.enqueue('acme', 'invoice.issue', 'open', '{}')"
    const { rows } = await client.query(enqueue)
    expect((await firstOpenId(db)) <= rows[0].entry_id).toBe(true)
    await client.query('commit')
    client.release()
    await waitFor('a later one', async () => (await firstOpenId(db)) > rows[0].entry_id, { withinMs: 10_000 })
  })

  it('starts where everything before was accounted for, by word of the leader alone, and never further back', async () => {
    const relay = randomUUID()
    await leadShards(db, { relay, leaseMs: 60_000, shared: false, role: 'relay' })
    const id = (n: number) => `00000000-0000-7000-8000-00000000000${n}`
    await rememberAccounted(db, { relay, shards: ALL, upTo: id(5) })
    await rememberAccounted(db, { relay, shards: ALL, upTo: id(4) })
    await rememberAccounted(db, { relay: randomUUID(), shards: ALL, upTo: id(9) })
    expect(await accountedTo(db, ALL)).toBe(id(5))
    await rememberAccounted(db, { relay, shards: [1], upTo: id(7) })
    expect([await accountedTo(db, [1]), await accountedTo(db, ALL)]).toEqual([id(7), id(5)])
  })
})
