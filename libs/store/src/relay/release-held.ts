import { notDoneBefore, predecessorOf, settledAs } from '../claim/hold-of.ts'
import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import type { EntryRefRow } from './due-entries.ts'

export type ReleasedRow = EntryRefRow & {
  /** Waits for its time: nobody may call it yet. */
  early: boolean
}

/**
 * Looks at what is held and marked, because something that it waits for has ended, and lets go what waits for nothing any
 * more. `more`: there may be others. Two of these at once take different entries.
 */
export async function releaseHeld(
  db: Database,
  request: { shards: readonly number[]; limit: number },
): Promise<{ released: readonly ReleasedRow[]; looked: number }> {
  const [row] = await release(db.pool, [request.shards, request.limit])
  if (!row) throw new Error('an aggregate has one row')
  return row
}

const release = statement<{ released: ReleasedRow[]; looked: number }>(
  'release_held',
  `
  with mark as materialized (
    select b.entry_id, b.blocker_id, b.ctid as place
    from readback.blocker b
    left join lateral (select d.shard from readback.delivery d where d.entry_id = b.entry_id limit 1) live on true
    -- A mark of an entry that is not there any more is anybody's.
    where b.ended and (live.shard is null or live.shard = any ($1::smallint[]))
    order by b.entry_id
    limit $2
  ),
  held as materialized (
    select marked.entry_id, d.place, d.fence, d.reason
    from (select distinct entry_id from mark) marked
    cross join lateral (
      select d.ctid as place, d.fence, d.reason from readback.delivery d
      where d.entry_id = marked.entry_id and d.state = 'held' and d.reason in ('after', 'order')
      limit 1
    ) d
  ),
  judged as materialized (
    select held.*, o.tenant, o.effect, o.key, coalesce(o.ordering_key, o.key) as ordering_key, o.traceparent, o.priority, o.not_before, next.*
    from held
    cross join lateral (select * from readback.outbox o where o.entry_id = held.entry_id limit 1) o
    cross join lateral (
      select
        case held.reason
          when 'after' then exists (${notDoneBefore('o')} limit 1)
          -- Besides the one right before it, an entry that was put back may wait for one that had begun in the meantime.
          else (
            select true from readback.blocker b
            where b.entry_id = held.entry_id
              and (select true from readback.ordering_queue q where q.entry_id = b.blocker_id limit 1)
            limit 1) is not null
        end as waits_on,
        case when o.ordered then ${predecessorOf('o')} end as predecessor
      offset 0
    ) next
  ),
  moved as (
    update readback.delivery d
    -- Raised, so that an operator who changes the same row, or another relay, is noticed: the snapshot above is then too old.
    set fence      = d.fence + 1,
        state      = case when j.predecessor is null then 'scheduled' else 'held' end,
        reason     = case when j.predecessor is not null then 'order' when j.not_before > now() then 'not_before' else 'released' end,
        due_at     = case when j.predecessor is null then greatest(now(), j.not_before) end,
        -- The deadline of its retries is not used up by waiting.
        retry_from = greatest(now(), j.not_before),
        -- Handed over directly by whoever releases it.
        updated_at = now()
    from judged j
    where not j.waits_on and d.ctid = j.place and d.fence = j.fence and d.state = 'held'
    returning j.*, d.state
  ),
  next_before as (
    insert into readback.blocker (entry_id, blocker_id)
    select entry_id, predecessor from moved where state = 'held'
    on conflict do nothing
  ),
  free as (
    delete from readback.blocker b
    using moved
    cross join lateral (select p.ctid as place, p.blocker_id from readback.blocker p where p.entry_id = moved.entry_id limit 200) own
    where b.ctid = own.place and own.blocker_id is distinct from moved.predecessor
  ),
  -- The marks of the others. One that was to go and did not, because somebody else had changed it, keeps its marks.
  left_over as materialized (
    select mark.place, coalesce(j.reason, 'gone') as reason, ${settledAs('mark.blocker_id')} as settled_as
    from mark
    left join judged j using (entry_id)
    where coalesce(j.waits_on, true)
  ),
  forgotten as (
    delete from readback.blocker b using left_over l
    where b.ctid = l.place and (l.reason <> 'after' or l.settled_as = 'done')
  ),
  -- What ended, and was not done, is still why an entry is held, and needs no second look.
  taken_back as (
    update readback.blocker b set ended = false from left_over l
    where b.ctid = l.place and l.reason = 'after' and l.settled_as is distinct from 'done'
  )
  select (select count(*) from mark) as looked,
         (select coalesce(json_agg(json_build_object('entry_id', entry_id, 'tenant', tenant, 'effect', effect, 'key', key,
            'ordering_key', ordering_key, 'traceparent', traceparent, 'priority', priority, 'early', not_before > now()) order by entry_id), '[]')
          from moved where state = 'scheduled') as released
  `,
)
