import type { State } from '@readback/lifecycle'
import { sql } from 'kysely'
import type { Operation } from './operate.ts'

/**
 * An entry's state, with its live row locked. A pending entry has none, so this makes one, as a claim would: of a claim
 * and an operation that meet, the second waits for the first and then finds the row, or the settlement. The operation must
 * change what it made, or be taken back.
 */
export async function ownRow(trx: Operation, entryId: string): Promise<{ state: State; reason: string | null } | null> {
  const { rows: made } = await sql`
    insert into readback.delivery (entry_id, shard, tenant, effect, state, due_at, reason, retry_from)
    select entry_id, shard, tenant, effect, 'scheduled', now(), 'not_before', created_at
    from readback.outbox where entry_id = ${entryId}::uuid
    on conflict (entry_id) do nothing
    returning entry_id`.execute(trx)
  const { rows: live } = await sql<{ state: State; reason: string | null }>`
    select state, reason from readback.delivery where entry_id = ${entryId}::uuid for update`.execute(trx)
  // A statement of its own: the lock may have waited for a settlement that the one before could not see.
  const { rows: settled } = await sql<{ state: State }>`
    select state from readback.settlement where entry_id = ${entryId}::uuid`.execute(trx)
  if (settled[0]) return { ...settled[0], reason: null }
  if (made.length > 0) return { state: 'pending', reason: null }
  return live[0] ?? null
}
