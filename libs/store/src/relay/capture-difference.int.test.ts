import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { commit, databaseUrl, db, useEntries } from '../testing/entry-fixture.ts'
import { captureDifference } from './capture-difference.ts'

useEntries()

const SHARDS = [0, 1, 2, 3, 4, 5, 6, 7]

async function snapshot(): Promise<string> {
  const { rows } = await db.pool.query('select pg_current_snapshot()::text as now')
  return rows[0].now
}

/** The keys, and the snapshot that they reach up to. */
async function read(since: string) {
  const { rows, snapshot: until } = await captureDifference(db, { since, shards: SHARDS, limit: 10, askWoken: false })
  return { keys: rows.map(({ key }) => key), until }
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
    const start = await snapshot()
    const late = await begin('late')
    await commit('early')
    const first = await read(start)
    await late.query('commit')
    await late.end()
    const second = await read(first.until)
    expect([first.keys, second.keys]).toEqual([['early'], ['late']])
    expect((await read(second.until)).keys).toEqual([])
  })

  it('has nothing of what is rolled back', async () => {
    const start = await snapshot()
    const undone = await begin('undone')
    const { until } = await read(start)
    await undone.query('rollback')
    await undone.end()
    expect((await read(until)).keys).toEqual([])
  })
})
