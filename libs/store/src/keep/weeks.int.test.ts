import { waitFor } from '@readback/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { books, missingFromBooks } from '../ask/books.ts'
import { openDatabase } from '../connect/database.ts'
import { databaseUrl, db, HOUR_MS, useEntries } from '../testing/entry-fixture.ts'
import { makeDead, type Past, pastEntries, settleByHand } from '../testing/past-entries.ts'
import { closeBooks } from './close-books.ts'
import { dropWeek, forgetRepeats } from './drop-week.ts'
import { ensurePartitions } from './ensure-partitions.ts'

useEntries()

/** Longer than the fixture's contracts remember their keys: 30 days. */
const KEPT_MS = 35 * 24 * HOUR_MS

/** A drop waits half a second for its locks, and autovacuum may hold one for longer: the next round drops then, as the relay's does. */
const droppedWeek = () => waitFor('a week to be dropped', () => dropWeek(db, KEPT_MS), { withinMs: 20_000 })
const OLD = '50 days'
const OVER = '-1 hour'

beforeEach(async () => {
  await db.pool.query('delete from readback.book_page')
  await db.pool.query('delete from readback.enqueue_repeat')
  // The weeks of the test before.
  await db.pool.query(`
    do $$
    declare
      name text;
    begin
      for name in select relname from pg_class where relname ~ '^(outbox|attempt|settlement)_[0-9]{8}$'
        and to_date(right(relname, 8), 'YYYYMMDD') < now() - interval '15 days' loop
        execute format('drop table readback.%I', name);
      end loop;
    end $$`)
})

async function closeAll(): Promise<void> {
  await db.pool.query('update readback.book_page set checked_at = null')
  while ((await closeBooks(db, { pageRows: 10, againAfterMs: 60_000, openForMs: 60_000 })) > 0);
}

/** Entries of a week of their own, in a partition of their own. */
async function oldWeek(past: Partial<Past> = {}): Promise<string[]> {
  const ids = await pastEntries(db, { ago: OLD, count: 12, keysFor: OVER, ...past })
  await ensurePartitions(db)
  return ids
}

const forgetKeys = () => db.pool.query('delete from readback.effect_key where expires_at < now()')

async function count(table: string): Promise<number> {
  return (await db.pool.query(`select count(*)::int as count from readback.${table}`)).rows[0].count
}

describe('partitions', () => {
  it('take in the rows that came before them, once', async () => {
    await pastEntries(db, { ago: OLD, count: 12 })
    expect(await count('outbox_default')).toBe(12)
    const before = await books(db)
    expect(await ensurePartitions(db)).toBeGreaterThan(0)
    expect(await ensurePartitions(db)).toBe(0)
    expect([await count('outbox_default'), await count('settlement_default')]).toEqual([0, 0])
    expect([await count('outbox'), await count('settlement')]).toEqual([12, 12])
    expect(await books(db)).toEqual(before)
  })

  it('are there for the weeks to come, and no more than each look at the outbox has to open', async () => {
    const { rows } = await db.pool.query<{ ahead: number }>(`
      select to_date(right(c.relname, 8), 'YYYYMMDD') - (now() at time zone 'utc')::date as ahead
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'readback.outbox'::regclass and c.relname ~ '[0-9]{8}$' order by 1`)
    const ahead = rows.map((row) => row.ahead).filter((days) => days > 0)
    expect(ahead).toHaveLength(3)
    expect(Math.max(...ahead)).toBeLessThan(21)
    expect(await ensurePartitions(db)).toBe(0)
  })

  it('are made once by two who make them at once', async () => {
    await pastEntries(db, { ago: OLD, count: 12 })
    const other = openDatabase({ url: databaseUrl, applicationName: 'another leader' })
    const made = await Promise.all([ensurePartitions(db), ensurePartitions(other)])
    await other.close()
    expect(Math.min(...made)).toBe(0)
    expect(await count('outbox')).toBe(12)
  })

  it('are made later when somebody reads the tables all the time', async () => {
    await pastEntries(db, { ago: OLD, count: 12 })
    const reader = await db.pool.connect()
    await reader.query('begin')
    await reader.query('select from readback.outbox_default')
    expect(await ensurePartitions(db)).toBe(0)
    await reader.query('rollback')
    reader.release()
    expect(await count('outbox_default')).toBe(12)
    expect(await ensurePartitions(db)).toBeGreaterThan(0)
    expect(await count('outbox_default')).toBe(0)
  })
})

describe('a week that is over', () => {
  it('is dropped whole, with its page of the books, when its keys are forgotten', async () => {
    await oldWeek()
    await pastEntries(db, { ago: '1 hour', count: 3 })
    await closeAll()
    // Weeks without an intent may go at once.
    while ((await dropWeek(db, KEPT_MS)) !== null);
    expect(await count('outbox')).toBe(15)
    await forgetKeys()
    expect(await droppedWeek()).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect(await dropWeek(db, KEPT_MS)).toBeNull()
    expect([await count('outbox'), await count('settlement')]).toEqual([3, 3])
    expect(await books(db)).toEqual({ committed: 3, pending: 0, live: 0, dead: 0, settled: 3, unaccounted: 0 })
    expect(await missingFromBooks(db, 10_000)).toBe(0)
  })

  it.each([
    { what: 'a dead letter', touch: (id: string) => makeDead(db, id) },
    { what: 'an entry that nobody has claimed', touch: async () => {} },
  ])('stays for $what', async ({ touch }) => {
    const [id = ''] = await oldWeek({ pending: true, count: 1 })
    await touch(id)
    await forgetKeys()
    await closeAll()
    while ((await dropWeek(db, KEPT_MS)) !== null);
    expect(await count('outbox')).toBe(1)
    await settleByHand(db, id)
    await closeAll()
    while ((await dropWeek(db, KEPT_MS)) !== null);
    expect(await count('outbox')).toBe(0)
  })

  it('stays while an entry waits for one of it, and while its books are not closed', async () => {
    const [id = ''] = await oldWeek()
    await forgetKeys()
    while ((await dropWeek(db, KEPT_MS)) !== null);
    expect(await count('outbox')).toBe(12)
    await closeAll()
    await db.pool.query('insert into readback.blocker (entry_id, blocker_id) values (readback.new_entry_id(), $1)', [
      id,
    ])
    while ((await dropWeek(db, KEPT_MS)) !== null);
    expect(await count('outbox')).toBe(12)
    await db.pool.query('delete from readback.blocker')
    const [waiting] = await pastEntries(db, { ago: '10 days', count: 1, pending: true })
    await db.pool.query('update readback.outbox set after = array[$1::uuid] where entry_id = $2', [id, waiting])
    await db.pool.query(
      `insert into readback.delivery (entry_id, shard, tenant, effect, state, due_at, reason, retry_from)
       values ($1, 0, 'acme', 'invoice.issue', 'scheduled', now() + interval '1 day', 'not_before', now())`,
      [waiting],
    )
    while ((await dropWeek(db, KEPT_MS)) !== null);
    expect(await count('outbox')).toBe(13)
    await settleByHand(db, waiting ?? '')
    expect(await droppedWeek()).not.toBeNull()
  })

  it('is kept for as long as a contract remembers its keys, whatever is asked', async () => {
    await pastEntries(db, { ago: '20 days', count: 3, keysFor: OVER })
    await ensurePartitions(db)
    await forgetKeys()
    await closeAll()
    while ((await dropWeek(db, HOUR_MS)) !== null);
    expect(await count('outbox')).toBe(3)
  })

  it('waits for producers, who do not wait long for it', async () => {
    await oldWeek()
    await forgetKeys()
    await closeAll()
    const producer = await db.pool.connect()
    await producer.query('begin')
    await producer.query(`select readback.enqueue('acme', 'invoice.issue', 'open', '{}')`)
    expect(await dropWeek(db, KEPT_MS)).toBeNull()
    await producer.query('commit')
    producer.release()
    expect(await count('outbox')).toBe(13)
    expect(await droppedWeek()).not.toBeNull()
  })

  it('is dropped once by two who drop at once', async () => {
    await oldWeek()
    await forgetKeys()
    await closeAll()
    const other = openDatabase({ url: databaseUrl, applicationName: 'another leader' })
    await Promise.all([dropWeek(db, KEPT_MS), dropWeek(other, KEPT_MS)])
    while ((await dropWeek(db, KEPT_MS)) !== null);
    await other.close()
    expect(await count('outbox')).toBe(0)
    expect(await dropWeek(db, KEPT_MS)).toBeNull()
  })

  it('takes the repeats of its entries along, a portion at a time', async () => {
    const ids = await oldWeek()
    const [kept = ''] = await pastEntries(db, { ago: '36 days', count: 1 })
    await db.pool.query('insert into readback.enqueue_repeat (entry_id) select unnest($1::uuid[])', [[...ids, kept]])
    expect(await forgetRepeats(db, KEPT_MS, 5)).toBe(0)
    await forgetKeys()
    await closeAll()
    while ((await dropWeek(db, KEPT_MS)) !== null);
    expect([await forgetRepeats(db, KEPT_MS, 5), await forgetRepeats(db, KEPT_MS, 50)]).toEqual([5, 7])
    expect(await forgetRepeats(db, KEPT_MS, 50)).toBe(0)
    expect(await count('enqueue_repeat')).toBe(1)
  })
})
