import type { PoolClient } from 'pg'
import type { Database } from './database.ts'

/**
 * Runs `work` between begin and commit on one connection. No network call belongs in it.
 *
 * The beginning is not waited for: it goes out with the first statements of `work`, whose round trip is then the first one.
 */
export async function inTransaction<T>(db: Database, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await db.pool.connect()
  try {
    const [, result] = await Promise.all([client.query('begin'), work(client)])
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
