import { createTestDatabase, type TestDatabase } from '@readback/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDatabase } from './database.ts'
import { inTransaction } from './transaction.ts'

const LEVEL = "select current_setting('transaction_isolation') as level"

let scratch: TestDatabase

beforeAll(async () => {
  scratch = await createTestDatabase({ migrated: false })
  const owner = openDatabase({ url: scratch.url, applicationName: 'store test' })
  const { rows } = await owner.pool.query('select current_database() as name')
  await owner.pool.query(`alter database "${rows[0].name}" set default_transaction_isolation = 'repeatable read'`)
  await owner.close()
})

afterAll(() => scratch.drop())

it.each([
  ['as given', (url: string) => url],
  ['with options of its own', (url: string) => `${url}?options=-c%20work_mem%3D8MB`],
])(
  'every statement sees what is committed by then, whatever the default of the database: a URL %s',
  async (_, edit) => {
    const db = openDatabase({ url: edit(scratch.url), applicationName: 'store test' })
    const { rows } = await db.pool.query(LEVEL)
    const within = await inTransaction(db, async (client) => (await client.query(LEVEL)).rows)
    await db.close()
    expect([rows, within]).toEqual([[{ level: 'read committed' }], [{ level: 'read committed' }]])
  },
)
