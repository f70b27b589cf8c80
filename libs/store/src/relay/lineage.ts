import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'

/** The server and timeline the database lives on now. */
export async function currentLineage(db: Database): Promise<string> {
  const [row] = await current(db.pool, [])
  if (!row) throw new Error('the database did not say which server it is')
  return row.lineage
}

/**
 * Starts the cursor of these shards anew on this server: what was read by the old one's snapshots is unknown here. The
 * caller then publishes everything that is neither live nor settled. Returns those that it still leads.
 */
export async function restartCursor(
  db: Database,
  request: { relay: string; shards: readonly number[]; lineage: string },
): Promise<readonly { shard: number; snapshot: string }[]> {
  return restart(db.pool, [request.relay, request.shards, request.lineage])
}

/** Notes the server on a cursor that was never used. */
export async function adoptLineage(
  db: Database,
  request: { relay: string; shards: readonly number[]; lineage: string },
): Promise<void> {
  await adopt(db.pool, [request.relay, request.shards, request.lineage])
}

const current = statement<{ lineage: string }>('current_lineage', 'select readback.lineage() as lineage')

const restart = statement<{ shard: number; snapshot: string }>(
  'restart_cursor',
  `
  update readback.relay_cursor
  set lineage = $3, snapshot = pg_current_snapshot(), accounted_to = '00000000-0000-0000-0000-000000000000', moved_at = now()
  where shard = any ($2::smallint[]) and lease_owner = $1::uuid
  returning shard, snapshot::text as snapshot
  `,
)

const adopt = statement(
  'adopt_lineage',
  'update readback.relay_cursor set lineage = $3 where shard = any ($2::smallint[]) and lease_owner = $1::uuid',
)
