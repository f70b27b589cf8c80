import type { Database } from '../connect/database.ts'
import { isBusy } from '../connect/is-busy.ts'
import { statement } from '../connect/statement.ts'

/**
 * Makes the weekly partitions of the next three weeks, and those of intents that came before their week was made. Returns how
 * many; 0 also when others hold on to the tables at this moment.
 */
export async function ensurePartitions(db: Database): Promise<number> {
  try {
    const [row] = await ensure(db.pool, [])
    return row?.made ?? 0
  } catch (error) {
    if (isBusy(error)) return 0
    throw error
  }
}

const ensure = statement<{ made: number }>(
  'ensure_partitions',
  `select readback.ensure_partitions(now() - interval '7 days', now() + interval '3 weeks') as made`,
)
