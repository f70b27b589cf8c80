import { deployContract, openDatabase } from '@readback/store'
import { createTestDatabase, type TestDatabase } from '@readback/testing'
import { ACCOUNTS, EFFECT, withClient } from './producers.ts'

/** A database in which producers can work: with a contract, and business rows to lock. */
export async function createProducersDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase()
  const db = openDatabase({ url: database.url, applicationName: 'producers' })
  await deployContract(db, { effect: EFFECT, version: 1, hash: 'one', document: '{}', keyRetentionMs: 86_400_000 })
  await db.close()
  const accounts = `create table account as select id, 0 as turn from generate_series(0, ${ACCOUNTS - 1}) id`
  await withClient(database.url, (client) => client.query(accounts))
  return database
}
