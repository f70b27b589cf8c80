import type { Database } from '../connect/database.ts'

/** Whether a session of this database waits for another one at this moment. */
export async function waitsForLock(db: Database): Promise<boolean> {
  const { rows } = await db.pool.query(
    `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows.length > 0
}
