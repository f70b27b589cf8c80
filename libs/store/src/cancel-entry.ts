import type { State } from '@readback/lifecycle'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { LET_FOLLOWERS_GO } from './let-followers-go.ts'
import { type Change, type Operation, type OperatorAnswer, type OperatorCommand, operate } from './operate.ts'

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

async function cancel(trx: Operation, entryId: string): Promise<Change<{ state: State }>> {
  const before = await ownRow(trx, entryId)
  if (before === null) return { refused: 'not_found' }
  if (before === 'cancelled') return { entryIds: [], before: {}, data: { state: before } }
  if (!CANCELLABLE.includes(before)) return { refused: 'not_cancellable', data: { state: before } }
  await end(trx, entryId)
  return { entryIds: [entryId], before: { state: before }, data: { state: 'cancelled' } }
}

/**
 * The entry's state, with its live row locked. A pending entry has none, so this makes one, as a claim would: of a claim
 * and a cancellation that meet, the second waits for the first and then finds the row, or the settlement.
 */
async function ownRow(trx: Operation, entryId: string): Promise<State | null> {
  const { rows: made } = await sql`
    insert into readback.delivery (entry_id, shard, tenant, effect, state, due_at, reason, retry_from)
    select entry_id, shard, tenant, effect, 'scheduled', now(), 'not_before', created_at
    from readback.outbox where entry_id = ${entryId}::uuid
    on conflict (entry_id) do nothing
    returning entry_id`.execute(trx)
  const { rows: live } = await sql<{ state: State }>`
    select state from readback.delivery where entry_id = ${entryId}::uuid for update`.execute(trx)
  // A statement of its own: the lock may have waited for a settlement that the one before could not see.
  const { rows: settled } = await sql<{ state: State }>`
    select state from readback.settlement where entry_id = ${entryId}::uuid`.execute(trx)
  return settled[0]?.state ?? (made.length > 0 ? 'pending' : (live[0]?.state ?? null))
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
