import type { PoolClient } from 'pg'
import type { Database } from './database.ts'

/** Runs `work` between begin and commit on one connection. No network call belongs in it. */
export async function inTransaction<T>(db: Database, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await db.pool.connect()
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {})
    // A connection that failed inside a transaction is not trusted with another one.
    client.release(true)
    throw error
  }
}
