import type { State } from '@readback/lifecycle'
import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import { LET_FOLLOWERS_GO } from '../record/let-followers-go.ts'
import { type Change, type Operation, type OperatorAnswer, type OperatorCommand, operate } from './operate.ts'
import { ownRow } from './own-row.ts'

/**
 * Ends an entry before it is called. Refused: `not_found`, `not_cancellable` (it is being called, may have happened, or
 * has ended; `data` says which), `idempotency_key_reused`.
 */
export function cancelEntry(
  db: Database,
  request: OperatorCommand & { entryId: string },
): Promise<OperatorAnswer<{ state: State }>> {
  const { entryId } = request
  return operate(db, 'cancel', { ...request, filter: { entryIds: [entryId] } }, (trx) => cancel(trx, entryId))
}

const CANCELLABLE: readonly State[] = ['pending', 'scheduled', 'held']

/** The same within a transaction that does more. */
export async function cancel(trx: Operation, entryId: string): Promise<Change<{ state: State }>> {
  const own = await ownRow(trx, entryId)
  if (own === null) return { refused: 'not_found' }
  const before = own.state
  if (before === 'cancelled') return { entryIds: [], before: {}, data: { state: before } }
  if (!CANCELLABLE.includes(before)) return { refused: 'not_cancellable', data: { state: before } }
  await end(trx, entryId)
  return { entryIds: [entryId], before: { state: before }, data: { state: 'cancelled' } }
}

async function end(trx: Operation, entryId: string): Promise<void> {
  await sql`
    with gone as (
      delete from readback.delivery d where d.entry_id = ${entryId}::uuid returning d.*
    ),
    ${sql.raw(LET_FOLLOWERS_GO)}
    insert into readback.settlement (entry_id, tenant, effect, state, contract_version, attempts, fence, committed_at)
    select entry_id, gone.tenant, gone.effect, 'cancelled', o.effect_version, attempts, fence + 1, o.created_at
    from gone
    join readback.outbox o using (entry_id)`.execute(trx)
}
