import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { commit, databaseUrl, db, useEntries } from '../testing/entry-fixture.ts'
import { captureDifference } from './capture-difference.ts'
import { type ReadUpTo, startOf } from './read-up-to.ts'

useEntries()

const SHARDS = [0, 1, 2, 3, 4, 5, 6, 7]

async function now(): Promise<ReadUpTo> {
  const { rows } = await db.pool.query('select pg_current_snapshot()::text as now')
  return startOf(rows[0].now)
}

/** The keys, and how far they reach. */
async function read(since: ReadUpTo, limit = 10) {
  const { rows, upTo, more } = await captureDifference(db, { since, shards: SHARDS, limit, askWoken: false })
  return { keys: rows.map(({ key }) => key), upTo, more }
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
