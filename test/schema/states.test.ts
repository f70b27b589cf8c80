import { LIVE_STATES, OUTCOME_CLASSES, SETTLED_STATES, STATUSES } from '@readback/lifecycle'
import { createTestDatabase } from '@readback/testing'
import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'

let client: pg.Client

beforeAll(async () => {
  const database = await createTestDatabase()
  client = new pg.Client(database.url)
  await client.connect()
  return async () => {
    await client.end()
    await database.drop()
  }
})

/** The texts that a column's CHECK allows. */
async function allowed(table: string, column: string): Promise<string[]> {
  const { rows } = await client.query(
    `select pg_get_constraintdef(c.oid) as check
     from pg_constraint c
     join pg_attribute a on a.attrelid = c.conrelid and c.conkey = array[a.attnum]
     where c.contype = 'c' and c.conrelid = $1::regclass and a.attname = $2`,
    [`readback.${table}`, column],
  )
  return rows.flatMap((row) => [...row.check.matchAll(/'([^']*)'::text/g)].map(([, text]) => text))
}

describe('the database and the lifecycle', () => {
  it('have the same live states', async () => {
    expect(await allowed('delivery', 'state')).toEqual([...LIVE_STATES])
  })

  it('have the same states of what has settled', async () => {
    expect(await allowed('settlement', 'state')).toEqual([...SETTLED_STATES])
  })

  it('have the same classes of outcome', async () => {
    expect(await allowed('delivery', 'last_outcome')).toEqual([...OUTCOME_CLASSES])
  })

  it('tell everybody one of the same words, whatever the state', async () => {
    const states = ['pending', ...LIVE_STATES, ...SETTLED_STATES]
    const { rows } = await client.query(
      'select state, readback.status_of(state, null) as status from unnest($1::text[]) as state',
      [states],
    )
    expect(rows.filter((row) => !STATUSES.includes(row.status))).toEqual([])
    expect(Object.fromEntries(rows.map((row) => [row.state, row.status]))).toMatchObject({
      done: 'done',
      acknowledged: 'acknowledged',
      dead: 'needs_attention',
      unknown: 'in_progress',
      discarded: 'cancelled',
    })
  })
})
