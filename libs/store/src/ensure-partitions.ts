import type { Database } from './database.ts'
import { statement } from './statement.ts'

/** Makes the weekly partitions of the next two months. Returns 0: a loop that calls it has nothing more to do. */
export async function ensurePartitions(db: Database): Promise<number> {
  await ensure(db.pool, [])
  return 0
}

const ensure = statement(
  'ensure_partitions',
  `select readback.ensure_partitions(now() - interval '7 days', now() + interval '8 weeks')`,
)
