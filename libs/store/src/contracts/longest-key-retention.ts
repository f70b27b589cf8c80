import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'

export type KeyRetention = { effect: string; version: number; key_retention_ms: number }

/** Of all deployed contracts, the one that promises to remember a key the longest; null: none is deployed. */
export async function longestKeyRetention(db: Database): Promise<KeyRetention | null> {
  const { rows } = await sql<KeyRetention>`
    select effect, version, extract(epoch from key_retention)::float8 * 1000 as key_retention_ms
    from readback.contract order by key_retention desc, effect, version limit 1`.execute(db.kysely)
  return rows[0] ?? null
}
