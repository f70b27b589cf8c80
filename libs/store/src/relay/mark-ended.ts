import { settledAs } from '../claim/hold-of.ts'
import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'

/** Where a walk through all that is held stands. */
export type HeldPlace = { entryId: string; blockerId: string }

const FIRST: HeldPlace = {
  entryId: '00000000-0000-0000-0000-000000000000',
  blockerId: '00000000-0000-0000-0000-000000000000',
}

/**
 * Walks through what is held, a page a call, and marks what waits for something that is over and was not told: that ended
 * between the claim's snapshot and its commit. `next` is where the walk goes on; null: this was the last page.
 */
export async function markEnded(
  db: Database,
  request: { after: HeldPlace | null; pageRows: number },
): Promise<{ marked: number; next: HeldPlace | null }> {
  const { entryId, blockerId } = request.after ?? FIRST
  const [row] = await mark(db.pool, [entryId, blockerId, request.pageRows])
  if (!row) throw new Error('an aggregate has one row')
  const isLast = row.walked < request.pageRows || row.last_entry === null || row.last_blocker === null
  return {
    marked: row.marked,
    next: isLast ? null : { entryId: row.last_entry ?? '', blockerId: row.last_blocker ?? '' },
  }
}

/** The same for what a claim has just held: most of what ended at that moment is seen as soon as it has committed. */
export async function markEndedOf(db: Database, entryIds: readonly string[]): Promise<void> {
  await markOf(db.pool, [entryIds])
}

/** Marks those of `page` whose blockers are over. */
const MARK_OVER = `
  over as materialized (
    select page.place
    from page
    left join lateral (
      select d.reason from readback.delivery d
      where d.entry_id = page.entry_id and d.state = 'held' and d.reason in ('after', 'order')
      limit 1
    ) held on true
    where not page.ended
      and case held.reason
            when 'after' then ${settledAs('page.blocker_id')} is not distinct from 'done'
            when 'order' then (select true from readback.ordering_queue q where q.entry_id = page.blocker_id limit 1) is null
            -- Nobody waits any more.
            else true
          end
  ),
  marked as (
    update readback.blocker b set ended = true from over where b.ctid = over.place and not b.ended returning b.entry_id
  )`

const mark = statement<{ marked: number; walked: number; last_entry: string | null; last_blocker: string | null }>(
  'mark_ended',
  `
  with page as materialized (
    select b.ctid as place, b.entry_id, b.blocker_id, b.ended
    from readback.blocker b
    where (b.entry_id, b.blocker_id) > ($1::uuid, $2::uuid)
    order by b.entry_id, b.blocker_id
    limit $3
  ),
  ${MARK_OVER}
  select (select count(*) from marked) as marked, (select count(*) from page) as walked, last.entry_id as last_entry, last.blocker_id as last_blocker
  from (select 1) one
  left join lateral (select entry_id, blocker_id from page order by entry_id desc, blocker_id desc limit 1) last on true
  `,
)

const markOf = statement(
  'mark_ended_of',
  `
  with page as materialized (
    select b.ctid as place, b.entry_id, b.blocker_id, b.ended
    from unnest($1::uuid[]) as held (entry_id)
    cross join lateral (select b.ctid, b.* from readback.blocker b where b.entry_id = held.entry_id limit 200) b
  ),
  ${MARK_OVER}
  select from marked
  `,
)
