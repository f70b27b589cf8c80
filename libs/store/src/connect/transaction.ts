import type { PoolClient } from 'pg'
import type { Database } from './database.ts'

type Work<T> = (client: PoolClient) => Promise<T>

/** Runs `work` between begin and commit on one connection. No network call belongs in it. */
export const inTransaction = <T>(db: Database, work: Work<T>): Promise<T> =>
  onOneConnection(db, async (client) => {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  })

/**
 * The same, without waiting for the beginning: it goes out with the first statements of `work`, whose round trip is then the
 * first one. For statements that need not see that they are in a transaction before they are sent.
 */
export const inTransactionAtOnce = <T>(db: Database, work: Work<T>): Promise<T> =>
  onOneConnection(db, async (client) => {
    const [, result] = await Promise.all([client.query('begin'), work(client)])
    await client.query('commit')
    return result
  })

/**
 * The same, and its commit goes out with the last of them: for `work` that sends all of its statements at once. If one of
 * them fails, the server makes a rollback of the commit, and this rejects.
 */
export const inOneRoundTrip = <T>(db: Database, work: Work<T>): Promise<T> =>
  onOneConnection(db, async (client) => {
    const [, result] = await Promise.all([client.query('begin'), work(client), client.query('commit')])
    return result
  })

/** Statements that `work` sends at once run one behind the other, each by itself where none of them is a begin. */
export async function onOneConnection<T>(db: Database, transaction: Work<T>): Promise<T> {
  const client = await db.pool.connect()
  try {
    const result = await transaction(client)
    client.release()
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {})
    // A connection that failed inside a transaction is not trusted with another one.
    client.release(true)
    throw error
  }
}
