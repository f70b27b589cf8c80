import { beforeEach, describe, expect, it } from 'vitest'
import { books, missingFromBooks } from '../ask/books.ts'
import { openDatabase } from '../connect/database.ts'
import { commit, databaseUrl, db, done, useEntries } from '../testing/entry-fixture.ts'
import { makeDead, pastEntries, settleByHand } from '../testing/past-entries.ts'
import { closeBooks } from './close-books.ts'

useEntries()

/** In a week that has ended, whatever day it is today. */
const LONG_AGO = '480 hours'
const SOON_AFTER = '28799 minutes'

beforeEach(async () => {
  await db.pool.query('delete from readback.book_page')
})

const CLOSING = { pageRows: 10, againAfterMs: 60_000, openForMs: 60_000 }

/** Until there is nothing more to do; also over what could not be closed the last time. */
async function close(openForMs = 60_000): Promise<void> {
  while ((await closeBooks(db, { ...CLOSING, openForMs })) > 0);
}

const again = () => db.pool.query('update readback.book_page set checked_at = null')

/** Those with something in them: a week may end with an empty one. */
async function pages(): Promise<{ closed: number; open: number }> {
  const { rows } = await db.pool.query(
    'select count(closed_at)::int as closed, (count(*) - count(closed_at))::int as open from readback.book_page where committed is distinct from 0',
  )
  return rows[0]
}

describe('the books in pages', () => {
  it('say the same before and after pages are closed, with what is under way behind them', async () => {
    await pastEntries(db, { ago: LONG_AGO, count: 25 })
    await pastEntries(db, { ago: '20 minutes', count: 7 })
    await commit('fresh')
    await done('just now')
    const before = await books(db)
    expect(before).toEqual({ committed: 34, pending: 1, live: 0, dead: 0, settled: 33, unaccounted: 0 })
    await close()
    expect((await pages()).closed).toBeGreaterThanOrEqual(3)
    expect((await pages()).open).toBe(0)
    expect(await books(db)).toEqual(before)
    expect(await missingFromBooks(db, 10_000)).toBe(0)
  })

  it('read no row of a closed page', async () => {
    await pastEntries(db, { ago: LONG_AGO, count: 20, keysFor: '-1 hour' })
    await close()
    await db.pool.query('delete from readback.settlement')
    await db.pool.query('delete from readback.outbox')
    expect(await books(db)).toMatchObject({ committed: 20, settled: 20, unaccounted: 0 })
    // That is what the count of all rows is for.
    expect(await missingFromBooks(db, 10_000)).toBe(40)
  })

  it('keep a page open for a dead letter, and only that one; it closes when that ends', async () => {
    const ids = await pastEntries(db, { ago: LONG_AGO, count: 30, pending: true })
    for (const [index, id] of ids.entries()) await (index === 14 ? makeDead(db, id) : settleByHand(db, id))
    await close()
    expect(await pages()).toEqual({ closed: 2, open: 1 })
    expect(await books(db)).toEqual({ committed: 30, pending: 0, live: 0, dead: 1, settled: 29, unaccounted: 0 })
    await settleByHand(db, ids[14] ?? '')
    await close()
    expect(await pages()).toEqual({ closed: 3, open: 0 })
    expect(await books(db)).toEqual({ committed: 30, pending: 0, live: 0, dead: 0, settled: 30, unaccounted: 0 })
  })

  it.each([0, 14, 19, 29])(
    'set a dead letter apart that has kept its page open for long, number %i of 30',
    async (nth) => {
      const ids = await pastEntries(db, { ago: LONG_AGO, count: 30, pending: true })
      const [last] = await pastEntries(db, { ago: SOON_AFTER, count: 10, pending: true })
      for (const [index, id] of ids.entries()) await (index === nth ? makeDead(db, id) : settleByHand(db, id))
      await makeDead(db, last ?? '')
      await close()
      expect(await pages()).toEqual({ closed: 2, open: 2 })
      const before = await books(db)
      await close(0)
      await close(0)
      const { rows } = await db.pool.query(
        'select single from readback.book_page where closed_at is null order by single',
      )
      expect(rows).toEqual([{ single: false }, { single: true }, { single: true }])
      expect(await books(db)).toEqual(before)
      await settleByHand(db, ids[nth] ?? '')
      await close(0)
      expect(await books(db)).toEqual({ ...before, dead: 1, settled: 30 })
      expect(await missingFromBooks(db, 10_000)).toBe(0)
    },
  )

  it('do not set apart what is many', async () => {
    const ids = await pastEntries(db, { ago: LONG_AGO, count: 60, pending: true })
    for (const id of ids) await makeDead(db, id)
    const all = { pageRows: 60, againAfterMs: 60_000, openForMs: 60_000 }
    while ((await closeBooks(db, all)) > 0);
    await db.pool.query(`update readback.book_page set cut_at = now() - interval '1 hour' where upto = $1`, [
      ids.at(-1),
    ])
    while ((await closeBooks(db, all)) > 0);
    expect(await pages()).toEqual({ closed: 0, open: 1 })
  })

  it('do not close over an entry that nobody has claimed, and look at it again after a while', async () => {
    await pastEntries(db, { ago: LONG_AGO, count: 9 })
    const [id = ''] = await pastEntries(db, { ago: SOON_AFTER, count: 1, pending: true })
    await close()
    expect(await pages()).toEqual({ closed: 0, open: 1 })
    expect(await books(db)).toMatchObject({ committed: 10, pending: 1 })
    await settleByHand(db, id)
    await close()
    expect(await pages()).toEqual({ closed: 0, open: 1 })
    await again()
    await close()
    expect(await pages()).toEqual({ closed: 1, open: 0 })
  })

  it('do not close over a lost intent: its key tells of it', async () => {
    const [lost] = await pastEntries(db, { ago: LONG_AGO, count: 10, pending: true })
    await db.pool.query('delete from readback.outbox where entry_id = $1', [lost])
    await pastEntries(db, { ago: SOON_AFTER, count: 1 })
    await close()
    expect(await books(db)).toMatchObject({ committed: 10, pending: 9, unaccounted: 1 })
  })

  it('are not cut in the last minute, where an intent may still become visible', async () => {
    await pastEntries(db, { ago: '30 seconds', count: 10 })
    await close()
    expect(await pages()).toEqual({ closed: 0, open: 0 })
    await pastEntries(db, { ago: '10 minutes', count: 10 })
    await close()
    expect(await pages()).toEqual({ closed: 1, open: 0 })
  })

  it('are the same when two close them at once, at every moment in between', async () => {
    await pastEntries(db, { ago: LONG_AGO, count: 400 })
    const other = openDatabase({ url: databaseUrl, applicationName: 'another leader' })
    const expected = await books(db)
    let closing = true
    const reading = (async () => {
      while (closing) expect(await books(db)).toEqual(expected)
    })()
    const work = async (by: typeof db) => {
      while ((await closeBooks(by, CLOSING)) > 0);
    }
    await Promise.all([work(db), work(other)])
    closing = false
    await reading
    await other.close()
    expect(await pages()).toMatchObject({ open: 0 })
    expect(await books(db)).toEqual(expected)
  })
})
