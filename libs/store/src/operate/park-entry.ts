import type { State } from '@readback/lifecycle'
import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import { type Change, type Operation, type OperatorAnswer, type OperatorCommand, operate } from './operate.ts'
import { ownRow } from './own-row.ts'
import { leaveOrder } from './skip-in-order.ts'

/**
 * Puts an entry aside that waits for its call: the others of its key go on, and it stays until it is released or cancelled.
 * Refused: `not_found`, `not_parkable` (it is being called, may have happened, is dead or has ended; `data` says which),
 * `idempotency_key_reused`.
 */
export function parkEntry(
  db: Database,
  request: OperatorCommand & { entryId: string },
): Promise<OperatorAnswer<{ state: State }>> {
  const { entryId } = request
  return operate(db, 'park', { ...request, filter: { entryIds: [entryId] } }, (trx) => park(trx, entryId))
}

const PARKABLE: readonly State[] = ['pending', 'scheduled', 'held']

async function park(trx: Operation, entryId: string): Promise<Change<{ state: State }>> {
  const own = await ownRow(trx, entryId)
  if (own === null) return { refused: 'not_found' }
  const { state, reason } = own
  if (reason === 'parked') return { entryIds: [], before: {}, data: { state } }
  if (!PARKABLE.includes(state)) return { refused: 'not_parkable', data: { state } }
  await putAside(trx, entryId)
  await leaveOrder(trx, entryId)
  return { entryIds: [entryId], before: { state, reason }, data: { state: 'held' } }
}

async function putAside(trx: Operation, entryId: string): Promise<void> {
  await sql`
    update readback.delivery
    set state = 'held', reason = 'parked', due_at = null, fence = fence + 1, updated_at = now()
    where entry_id = ${entryId}::uuid`.execute(trx)
  await sql`delete from readback.blocker where entry_id = ${entryId}::uuid`.execute(trx)
}
