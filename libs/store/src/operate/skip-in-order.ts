import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import { LET_FOLLOWERS_GO } from '../record/let-followers-go.ts'
import { type Change, type Operation, type OperatorAnswer, type OperatorCommand, operate } from './operate.ts'

/** How many had to wait for it. */
export type Skipped = { waiting: number }

/**
 * Takes an entry out of the order of its key: it stays what it is, and the later ones do not wait for it any more. Refused:
 * `not_found`, `not_in_order` (it has ended, is parked, was skipped before, or has no order), `idempotency_key_reused`.
 */
export function skipInOrder(
  db: Database,
  request: OperatorCommand & { entryId: string },
): Promise<OperatorAnswer<Skipped>> {
  const { entryId } = request
  return operate(db, 'skip', { ...request, filter: { entryIds: [entryId] } }, (trx) => skip(trx, entryId))
}

async function skip(trx: Operation, entryId: string): Promise<Change<Skipped>> {
  const waiting = await waitingBehind(trx, entryId)
  if (waiting === null) return { refused: (await isKnown(trx, entryId)) ? 'not_in_order' : 'not_found' }
  await leaveOrder(trx, entryId)
  return { entryIds: [entryId], before: { waiting }, data: { waiting } }
}

/** Lets go whoever waits for the place of this entry. */
export async function leaveOrder(trx: Operation, entryId: string): Promise<void> {
  await sql`
    with gone as materialized (select ${entryId}::uuid as entry_id), ${sql.raw(LET_FOLLOWERS_GO)}
    select from gone`.execute(trx)
}

/** null: it has no place in an order. */
async function waitingBehind(trx: Operation, entryId: string): Promise<number | null> {
  const { rows } = await sql<{ waiting: number }>`
    select (select count(*) from readback.ordering_queue behind
            where behind.tenant = q.tenant and behind.ordering_key = q.ordering_key and behind.position > q.position) as waiting
    from readback.ordering_queue q
    where q.entry_id = ${entryId}::uuid
    for update`.execute(trx)
  return rows[0]?.waiting ?? null
}

async function isKnown(trx: Operation, entryId: string): Promise<boolean> {
  const { rows } = await sql`select from readback.outbox where entry_id = ${entryId}::uuid`.execute(trx)
  return rows.length > 0
}
