import type { State } from '@readback/lifecycle'
import { sql } from 'kysely'
import { notDoneBefore, predecessorOf, settledAs } from '../claim/hold-of.ts'
import type { Database } from '../connect/database.ts'
import { type Change, type Operation, type OperatorAnswer, type OperatorCommand, operate } from './operate.ts'
import { ownRow } from './own-row.ts'
import { putBackInOrder } from './put-back-in-order.ts'

export type Released = { state: State; reason: string }

/**
 * Lets go what a person put aside, or what waits for an entry that has ended and will never be done. It keeps its place in
 * the order of its key: what is before it there still is. Refused: `not_found`, `not_held` (for neither reason),
 * `may_still_be_done` (what it waits for has not ended), `idempotency_key_reused`.
 */
export function releaseEntry(
  db: Database,
  request: OperatorCommand & { entryId: string },
): Promise<OperatorAnswer<Released>> {
  const { entryId } = request
  return operate(db, 'release', { ...request, filter: { entryIds: [entryId] } }, (trx) => release(trx, entryId))
}

async function release(trx: Operation, entryId: string): Promise<Change<Released>> {
  const own = await ownRow(trx, entryId)
  if (own === null) return { refused: 'not_found' }
  const { state, reason } = own
  if (state !== 'held' || (reason !== 'parked' && reason !== 'after')) return { refused: 'not_held' }
  if (reason === 'after' && (await mayStillBeDone(trx, entryId))) return { refused: 'may_still_be_done' }
  const waitsFor = reason === 'parked' ? await putBackInOrder(trx, entryId) : null
  const data = await letGo(trx, { entryId, forAfter: reason === 'parked', waitsFor })
  return { entryIds: [entryId], before: { state, reason }, data }
}

async function mayStillBeDone(trx: Operation, entryId: string): Promise<boolean> {
  const { rows } = await sql`
    select from readback.outbox o
    cross join lateral (${sql.raw(notDoneBefore('o'))}) needed
    where o.entry_id = ${entryId}::uuid and ${sql.raw(settledAs('needed.entry_id'))} is null`.execute(trx)
  return rows.length > 0
}

type LetGo = {
  entryId: string
  /** What must be done before it holds it again, if it is not. */
  forAfter: boolean
  /** A later one of its key that had begun. */
  waitsFor: string | null
}

async function letGo(trx: Operation, { entryId, forAfter, waitsFor }: LetGo): Promise<Released> {
  const { rows } = await sql<Released>`
    with needs as materialized (
      select o.not_before,
             case when ${forAfter}::boolean then array(${sql.raw(notDoneBefore('o'))}) else '{}' end as after,
             coalesce(case when o.ordered then ${sql.raw(predecessorOf('o'))} end, ${waitsFor}::uuid) as before
      from readback.outbox o
      where o.entry_id = ${entryId}::uuid
    ),
    forgotten as (
      delete from readback.blocker b using needs
      where b.entry_id = ${entryId}::uuid
        and b.blocker_id <> all (case when after <> '{}' then after else array_remove(array[before], null) end)
    ),
    waits as (
      insert into readback.blocker (entry_id, blocker_id)
      select ${entryId}::uuid, blocker_id
      from needs cross join unnest(case when after <> '{}' then after else array_remove(array[before], null) end) as blocker_id
      on conflict (entry_id, blocker_id) do update set ended = false
    )
    update readback.delivery d
    set state      = case when after = '{}' and before is null then 'scheduled' else 'held' end,
        reason     = case when after <> '{}' then 'after' when before is not null then 'order'
                          when not_before > now() then 'not_before' else 'released' end,
        due_at     = case when after = '{}' and before is null then greatest(now(), not_before) end,
        fence      = d.fence + 1,
        retry_from = greatest(now(), not_before),
        -- Nobody hands it over: it is due at once for whoever publishes what is due.
        updated_at = clock_timestamp()
    from needs
    where d.entry_id = ${entryId}::uuid
    returning d.state, d.reason`.execute(trx)
  const [row] = rows
  if (!row) throw new Error('the row was locked')
  return row
}
