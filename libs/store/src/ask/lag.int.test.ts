import { beforeEach, describe, expect, it } from 'vitest'
import { closeBooks } from '../keep/close-books.ts'
import { commit, db, useEntries } from '../testing/entry-fixture.ts'
import { makeDead, pastEntries } from '../testing/past-entries.ts'
import { lag } from './lag.ts'

useEntries()

beforeEach(async () => {
  await db.pool.query('delete from readback.book_page')
})

const readAll = () => db.pool.query('update readback.relay_cursor set snapshot = pg_current_snapshot()')
const stages = async () => (await lag(db)).stages.map(({ stage, count }) => [stage, count])

describe('how far the outside world is behind', () => {
  it('knows of an intent that a transaction shows which was open when the relay last read', async () => {
    const writer = await db.pool.connect()
    await writer.query('begin')
    await writer.query(`select readback.enqueue('acme', 'invoice.issue', 'late', '{}')`)
    await commit('read')
    await readAll()
    await writer.query('commit')
    writer.release()
    await commit('unread')
    expect(await stages()).toEqual([
      ['capture', 2],
      ['claim', 1],
    ])
  })

  it('knows of what nobody has claimed for days, in the open pages of the books and behind them', async () => {
    await pastEntries(db, { ago: '480 hours', count: 20 })
    const [unclaimed] = await pastEntries(db, { ago: '479 hours', count: 10, pending: true })
    await pastEntries(db, { ago: '478 hours', count: 15 })
    const [dead = ''] = await pastEntries(db, { ago: '30 hours', count: 1, pending: true })
    await makeDead(db, dead)
    await commit('fresh')
    while ((await closeBooks(db, { pageRows: 10, againAfterMs: 60_000, openForMs: 60_000 })) > 0);
    await readAll()
    expect(unclaimed).toBeDefined()
    expect(await stages()).toEqual([['claim', 11]])
    const { dead: needsPerson, stages: now, key_retention_headroom_seconds: headroom } = await lag(db)
    expect(needsPerson).toBe(1)
    expect(now[0]?.oldest_age_seconds).toBeGreaterThan(479 * 3_600 - 60)
    // The contract remembers its keys for thirty days.
    expect((headroom ?? 0) / 3_600).toBeCloseTo(30 * 24 - 479, 0)
  })
})
