import { waitFor } from '@readback/testing'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../connect/database.ts'
import { commit, databaseUrl, db, HOUR_MS, useEntries } from '../testing/entry-fixture.ts'
import { pastEntries } from '../testing/past-entries.ts'
import { captureDifference } from './capture-difference.ts'
import { markXid, type XidMark } from './mark-xid.ts'
import { type ReadUpTo, startOf } from './read-up-to.ts'

useEntries()

const SHARDS = [0, 1, 2, 3, 4, 5, 6, 7]

async function now(): Promise<ReadUpTo> {
  const { rows } = await db.pool.query('select pg_current_snapshot()::text as now')
  return startOf(rows[0].now)
}

/** The keys, and how far they reach. */
async function read(since: ReadUpTo, limit = 10, mark: XidMark | null = null) {
  const { page, upTo, more } = await captureDifference(db, { since, shards: SHARDS, limit, askWoken: false, mark })
  return { keys: page?.().rows.map(({ key }) => key) ?? [], upTo, more }
}

/** Page by page, and what happens between two of them. */
async function readAll(since: ReadUpTo, limit: number, between: (page: number) => Promise<void> = async () => {}) {
  const pages: string[][] = []
  for (let from = since, more = true; more; ) {
    const page = await read(from, limit)
    pages.push(page.keys)
    from = page.upTo
    more = page.more
    await between(pages.length)
  }
  return pages
}

/** One transaction. */
async function commitTogether(keys: readonly string[]): Promise<void> {
  await db.pool.query(
    `select readback.enqueue('acme', 'invoice.issue', key, '{}') from unnest($1::text[]) with ordinality as k (key, nth) order by nth`,
    [keys],
  )
}

/** An intent whose transaction stays open. */
async function begin(key: string): Promise<pg.Client> {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  await client.query('begin')
  await client.query('select readback.enqueue($1, $2, $3, $4)', ['acme', 'invoice.issue', key, '{}'])
  return client
}

describe('the difference between two snapshots', () => {
  it('has what commits late, though what began after it was read before', async () => {
    const start = await now()
    const late = await begin('late')
    await commit('early')
    const first = await read(start)
    await late.query('commit')
    await late.end()
    const second = await read(first.upTo)
    expect([first.keys, second.keys]).toEqual([['early'], ['late']])
    expect((await read(second.upTo)).keys).toEqual([])
  })

  it('has nothing of what is rolled back', async () => {
    const start = await now()
    const undone = await begin('undone')
    const { upTo } = await read(start)
    await undone.query('rollback')
    await undone.end()
    expect((await read(upTo)).keys).toEqual([])
  })
})

describe('a difference that is larger than a page', () => {
  it('is read once, transaction by transaction, in order', async () => {
    const start = await now()
    await commitTogether(['a1', 'a2', 'a3', 'a4', 'a5'])
    await commit('b')
    await commitTogether(['c1', 'c2'])
    expect(await readAll(start, 2)).toEqual([
      ['a1', 'a2'],
      ['a3', 'a4'],
      ['a5', 'b'],
      ['c1', 'c2'],
    ])
    expect(await readAll(start, 100)).toEqual([['a1', 'a2', 'a3', 'a4', 'a5', 'b', 'c1', 'c2']])
  })

  it('misses nothing of what was open, whichever page it is committed beside', async () => {
    const opened = ['open-1', 'open-2', 'open-3', 'open-4']
    const old = await begin('old')
    const start = await now()
    const open: pg.Client[] = []
    for (const key of opened) {
      open.push(await begin(key))
      await commitTogether([`${key}-then-1`, `${key}-then-2`, `${key}-then-3`])
    }
    const late = [...open, old]
    const pages = await readAll(start, 2, async () => {
      await late.shift()?.query('commit')
    })
    for (const client of late) await client.query('commit')
    const { upTo } = await read(start, 100)
    expect((await read(upTo, 100)).keys).toEqual([])
    const keys = pages.flat()
    const committed = (await read(start, 100)).keys
    expect(committed).toHaveLength(17)
    expect(new Set(keys).size).toBe(keys.length)
    expect([...keys].sort()).toEqual([...committed].sort())
    await Promise.all([...open, old].map((client) => client.end()))
  })

  it('can be read on from the snapshot of a page by somebody else, who reads a part of a transaction again and misses none', async () => {
    const old = await begin('old')
    const start = await now()
    await commitTogether(['a1', 'a2', 'a3'])
    const open = await begin('open')
    await commitTogether(['b1', 'b2'])
    for (const limit of [1, 2, 3, 4]) {
      const page = await read(start, limit)
      const rest = await read(startOf(page.upTo.snapshot), 100)
      expect(new Set([...page.keys, ...rest.keys])).toEqual(new Set(['a1', 'a2', 'a3', 'b1', 'b2']))
    }
    await old.query('commit')
    await open.query('commit')
    for (const limit of [1, 2, 3, 4, 5, 6]) {
      const page = await read(start, limit)
      const rest = await read(startOf(page.upTo.snapshot), 100)
      expect(new Set([...page.keys, ...rest.keys])).toEqual(new Set(['old', 'open', 'a1', 'a2', 'a3', 'b1', 'b2']))
    }
    await Promise.all([old.end(), open.end()])
  })
})

describe('a transaction with more rows than many pages', () => {
  it.each([
    // Beside one that has ended: a snapshot lists only what is open below the last of those.
    [
      'that was open when the last difference was read',
      (open: pg.Client) => open.query('select pg_current_xact_id()').then(() => commit('next')),
    ],
    ['that began after it', async () => {}],
  ])('is read with no row but those of the page, %s', async (_, begun) => {
    const client = new pg.Client(databaseUrl)
    await client.connect()
    await client.query('begin')
    await begun(client)
    const start = await now()
    await client.query(
      `select readback.enqueue('acme', 'invoice.issue', 'bulk-' || nth, '{}') from generate_series(1, 500) as nth`,
    )
    await client.query('commit')
    await client.end()
    const keys: string[] = []
    const rows: number[] = []
    for (let from = start, more = true; more; ) {
      if (keys.length % 100 === 0) rows.push((await scansOf(from)).rows)
      const page = await read(from)
      keys.push(...page.keys)
      from = page.upTo
      more = page.more
    }
    expect(keys).toEqual(Array.from({ length: 500 }, (_, nth) => `bulk-${nth + 1}`))
    expect(rows).toHaveLength(5)
    expect(Math.max(...rows)).toBeLessThan(30)
  })
})

describe('from where on ids are open', () => {
  it('is known once every transaction has ended that was open when the mark was set', async () => {
    const open = await begin('open')
    const mark = await markXid(db)
    const first = await read(await now(), 10, mark)
    await commit('next')
    const second = await read(first.upTo, 10, mark)
    expect([first.upTo.openFrom, second.upTo.openFrom]).toEqual([null, null])
    await open.query('commit')
    await open.end()
    const third = await read(second.upTo, 10, mark)
    expect(third.keys).toEqual(['open'])
    expect((await untilKnown(third.upTo, mark)).openFrom).toBe(mark.madeFrom)
  })

  it('does not bound the difference that it is learned from: that has older ones', async () => {
    const start = await now()
    await pastEntries(db, { ago: '30 days', count: 3, pending: true })
    await commitTogether(['new-1', 'new-2'])
    const mark = await markXid(db)
    for (const limit of [1, 2, 3, 4, 5]) {
      const known: ReadUpTo['openFrom'][] = []
      const keys: string[] = []
      for (let from = start, more = true; more; ) {
        const page = await read(from, limit, mark)
        keys.push(...page.keys)
        known.push(page.upTo.openFrom)
        from = page.upTo
        more = page.more
      }
      expect(keys).toEqual(['30 days-1', '30 days-2', '30 days-3', 'new-1', 'new-2'])
      expect(known.slice(1).every((_, nth) => known[nth] === null)).toBe(true)
    }
  })

  it('lies before what is committed late by a transaction that began after it was known', async () => {
    const known = await upToKnown()
    const late = await begin('late')
    const { upTo } = await read(known)
    await commit('next')
    const then = await read(upTo)
    await late.query('commit')
    await late.end()
    expect([then.keys, (await read(then.upTo)).keys]).toEqual([['next'], ['late']])
  })

  it('lets a transaction that stays open be one beside which not much is read again', async () => {
    const known = await upToKnown()
    const late = await begin('late')
    const between = Array.from({ length: 150 }, (_, nth) => `between-${nth}`)
    for (const key of between) await commit(key)
    const { keys, upTo } = await read(known, 200)
    expect(keys).toEqual(between)
    expect((await scansOf(upTo)).rows).toBeLessThan(10)
    await commit('next')
    const then = await read(upTo)
    await late.query('commit')
    await late.end()
    expect([then.keys, (await read(then.upTo)).keys]).toEqual([['next'], ['late']])
  })

  it('is forgotten when another server says something else', async () => {
    const later = { ...(await upToKnown()), snapshot: '999999999:999999999:' }
    expect((await read(later)).upTo.openFrom).toBeNull()
  })

  it.each(['6 days', '-20:00:00', '-3 days', '-35 days'])('takes ids of a clock that was %s behind', async (ago) => {
    const known = await upToKnown()
    await pastEntries(db, { ago, count: 1, pending: true })
    expect((await read(known)).keys).toEqual([`${ago}-1`])
  })

  it('goes by the clock of now, where the one that it was learned by was ahead', async () => {
    const known = await upToKnown()
    const [id = ''] = await pastEntries(db, { ago: '-30 days', count: 1 })
    await commit('new')
    expect(
      (await read({ ...known, openFrom: { id, asOf: new Date(Date.now() + 37 * 24 * HOUR_MS).toISOString() } })).keys,
    ).toContain('new')
  })

  it('leaves out the partitions of weeks that are over; no row is read again', async () => {
    await db.pool.query(`select readback.ensure_partitions(now() - interval '30 weeks', now() + interval '8 weeks')`)
    // All by one transaction: to the statistics, any xid is that of all rows.
    await commitTogether(Array.from({ length: 500 }, (_, nth) => `old-${nth}`))
    await db.pool.query('analyze')
    const known = await upToKnown()
    await commit('new')
    const newest = await scansOf(known)
    // The week before, this one and eight to come; what is in no week; and a day on which a week begins.
    expect(newest.partitions).toBeLessThanOrEqual(12)
    expect(newest.rows).toBeLessThan(10)
    expect((await scansOf(await now())).partitions).toBeGreaterThan(30)
  })
})

describe('a difference that may wait', () => {
  const LONG_MS = 60_000

  const ask = async (since: ReadUpTo, waitMs: number) => {
    const { page } = await captureDifference(db, { since, shards: SHARDS, limit: 10, askWoken: false, waitMs })
    return page?.().rows.map(({ key }) => key) ?? []
  }

  const isWaiting = async () => {
    const { rows } = await db.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
    )
    return rows.length > 0
  }
  const untilWaiting = () => waitFor('the question to wait', isWaiting, { withinMs: 10_000 })

  it('has what was there already', async () => {
    const since = await upToKnown()
    await commit('there')
    expect(await ask(since, LONG_MS)).toEqual(['there'])
  })

  it('has what is committed while it waits, and what had been open before', async () => {
    const known = await upToKnown()
    const late = await begin('late')
    const since = (await read(known)).upTo
    const waiting = ask(since, LONG_MS)
    await untilWaiting()
    await late.query('commit')
    await late.end()
    expect(await waiting).toEqual(['late'])
    const next = ask((await read(since)).upTo, LONG_MS)
    await untilWaiting()
    await commit('new')
    expect(await next).toEqual(['new'])
  })

  it('goes on waiting when something else is committed, or an intent is rolled back, and says when its time is over', async () => {
    const since = await upToKnown()
    const startedMs = performance.now()
    const waiting = ask(since, 500)
    await untilWaiting()
    await db.pool.query('select pg_current_xact_id()')
    const undone = await begin('undone')
    await undone.query('rollback')
    await undone.end()
    expect(await waiting).toEqual([])
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(500)
  })

  it('answers at once beside a transaction that stays open while many others end', async () => {
    const since = await upToKnown()
    const open = await begin('open')
    for (let nth = 0; nth < 150; nth++) await db.pool.query('select pg_current_xact_id()')
    const { upTo } = await read(since)
    expect(await ask(upTo, LONG_MS)).toEqual([])
    await open.query('rollback')
    await open.end()
  })
})

const upToKnown = async (): Promise<ReadUpTo> => untilKnown(await now(), await markXid(db))

/** Other tests have transactions open in databases of the same server. */
async function untilKnown(since: ReadUpTo, mark: XidMark): Promise<ReadUpTo> {
  const known = async () => {
    const { upTo } = await read(since, 10, mark)
    return upTo.openFrom === null ? null : upTo
  }
  return waitFor('older transactions to end', known, { withinMs: 30_000 })
}

/** In the outbox; one transaction on one connection knows what it has scanned. */
async function scansOf(since: ReadUpTo): Promise<{ partitions: number; rows: number }> {
  const relay = openDatabase({ url: databaseUrl, applicationName: 'counted', connectionsMax: 1 })
  await relay.pool.query('begin')
  await captureDifference(relay, { since, shards: SHARDS, limit: 10, askWoken: false })
  const { rows } = await relay.pool.query(
    `select count(*)::int as partitions, sum(idx_tup_fetch)::int as rows from pg_stat_xact_user_tables
     where schemaname = 'readback' and relname like 'outbox_%' and idx_scan > 0`,
  )
  await relay.pool.query('commit')
  await relay.close()
  return rows[0]
}
