import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'

/** A portion: so many blocks of the keys are read, and so many keys forgotten at most. */
export type KeysPortion = { blocks: number; keysMax: number }

/**
 * Forgets keys whose time is over, in the next blocks of them. Those of entries that have not settled stay. `more`: there are
 * more in the same blocks.
 */
export async function expireKeys(
  db: Database,
  { blocks, keysMax }: KeysPortion,
): Promise<{ expired: number; more: boolean }> {
  const [row] = await expire(db.pool, [blocks, keysMax])
  // Nobody gets a part while as many walk as there are parts.
  return row ?? { expired: 0, more: false }
}

const expire = statement<{ expired: number; more: boolean }>(
  'expire_keys',
  'select expired, more from readback.expire_keys($1, $2)',
)
