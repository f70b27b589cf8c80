import type { Database } from '../connect/database.ts'
import { isBusy } from '../connect/is-busy.ts'
import { statement } from '../connect/statement.ts'

/**
 * Drops the oldest week that ended before `keptMs` and that nobody needs any more: intents, attempts and receipts. Returns its
 * first day; null: there is none, or others hold on to the tables at this moment.
 */
export async function dropWeek(db: Database, keptMs: number): Promise<string | null> {
  try {
    const [row] = await drop(db.pool, [keptMs])
    return row?.week ?? null
  } catch (error) {
    if (isBusy(error)) return null
    throw error
  }
}

/** Forgets a portion of the repeats of entries that were dropped. Returns how many. */
export async function forgetRepeats(db: Database, keptMs: number, rowsMax: number): Promise<number> {
  const [row] = await forget(db.pool, [keptMs, rowsMax])
  return row?.forgotten ?? 0
}

const drop = statement<{ week: string | null }>(
  'drop_week',
  `select to_char(readback.drop_week($1::float8 * interval '1 millisecond') at time zone 'utc', 'YYYY-MM-DD') as week`,
)

const forget = statement<{ forgotten: number }>(
  'forget_repeats',
  `select readback.forget_repeats($1::float8 * interval '1 millisecond', $2) as forgotten`,
)
