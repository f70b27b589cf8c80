import { sql } from 'kysely'
import type { Operation } from './operate.ts'

/**
 * Gives a parked entry its old place in the order of its key, if it had one. Returns the later one that has begun and that
 * it must wait for; null: none has. A later one that has not begun waits for it again.
 */
export async function putBackInOrder(trx: Operation, entryId: string): Promise<string | null> {
  const { rows } = await sql<{ tenant: string; ordering_key: string }>`
    select o.tenant, coalesce(o.ordering_key, o.key) as ordering_key
    from readback.outbox o
    where o.entry_id = ${entryId}::uuid and o.ordered`.execute(trx)
  const [place] = rows
  if (!place) return null
  await sql`select readback.take_ordering_key(${place.tenant}, ${place.ordering_key})`.execute(trx)
  await sql`
    insert into readback.ordering_queue (entry_id, tenant, ordering_key, position)
    select entry_id, tenant, coalesce(ordering_key, key), position from readback.outbox where entry_id = ${entryId}::uuid
    on conflict do nothing`.execute(trx)
  const next = await nextInOrder(trx, entryId)
  if (next === null) return null
  return (await holdBack(trx, next, entryId)) ? null : next
}

/** The one right behind it: of the later ones only this may have begun, as long as nothing is before both. */
async function nextInOrder(trx: Operation, entryId: string): Promise<string | null> {
  const { rows } = await sql<{ entry_id: string }>`
    select q.entry_id
    from readback.ordering_queue own
    join readback.ordering_queue q on q.tenant = own.tenant and q.ordering_key = own.ordering_key and q.position > own.position
    where own.entry_id = ${entryId}::uuid
    order by q.position
    limit 1`.execute(trx)
  return rows[0]?.entry_id ?? null
}

/**
 * Makes an entry wait for another one, unless it has begun. A pending one gets its row here, so that a claim which has not
 * seen the other one finds it; of a row that is held, the fence is raised, so that a release which has not seen it fails.
 */
async function holdBack(trx: Operation, entryId: string, blockerId: string): Promise<boolean> {
  await sql`
    insert into readback.delivery (entry_id, shard, tenant, effect, state, reason, retry_from)
    select entry_id, shard, tenant, effect, 'held', 'order', greatest(created_at, not_before)
    from readback.outbox where entry_id = ${entryId}::uuid
    on conflict (entry_id) do nothing`.execute(trx)
  const { rows } = await sql`
    update readback.delivery
    set state = 'held', reason = case when state = 'held' then reason else 'order' end, due_at = null, fence = fence + 1,
        updated_at = now()
    where entry_id = ${entryId}::uuid
      and (state = 'held' or (state = 'scheduled' and attempts = 0 and first_called_at is null))
    returning entry_id`.execute(trx)
  if (rows.length === 0) return false
  await sql`
    insert into readback.blocker (entry_id, blocker_id)
    select entry_id, ${blockerId}::uuid from readback.delivery where entry_id = ${entryId}::uuid and reason = 'order'
    on conflict (entry_id, blocker_id) do update set ended = false`.execute(trx)
  return true
}
