import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'

export type NewIntent = {
  tenant: string
  effect: string
  key: string
  /** JSON text; kept as it is written. */
  payload: string
  orderingKey?: string
  workflow?: string
  actor?: string
  /** RFC 3339. Not called before. */
  notBefore?: string
  /** RFC 3339. Not called from then on. */
  expiresAt?: string
  /** 0 to 9. */
  priority?: number
  /** What must be done first. */
  after?: readonly { tenant?: string; effect: string; key: string }[]
}

export type EnqueuedIntent = { entry_id: string; effect: 'created' | 'noop'; state: string }

/** Commits an intent by itself, or takes it back after a dry run. Rejects with the codes of `readback.enqueue`. */
export async function enqueueIntent(db: Database, intent: NewIntent, dryRun: boolean): Promise<EnqueuedIntent> {
  const trx = await db.kysely.startTransaction().execute()
  try {
    const { rows } = await sql<EnqueuedIntent>`
      select entry_id, effect, state
      from readback.enqueue(
        tenant => ${intent.tenant}, effect => ${intent.effect}, key => ${intent.key}, payload => ${intent.payload}::json,
        ordering_key => ${intent.orderingKey ?? null}, workflow => ${intent.workflow ?? null},
        actor => ${intent.actor ?? null}, not_before => ${intent.notBefore ?? null}::timestamptz,
        expires_at => ${intent.expiresAt ?? null}::timestamptz, priority => ${intent.priority ?? 0}::int,
        after => ${intent.after ? JSON.stringify(intent.after) : null}::json)`.execute(trx)
    const [row] = rows
    if (!row) throw new Error('readback.enqueue answers with one row')
    await (dryRun ? trx.rollback() : trx.commit()).execute()
    return row
  } catch (error) {
    if (!trx.isCommitted && !trx.isRolledBack) await trx.rollback().execute()
    throw error
  }
}
