/** SQL about what an entry `o` of the outbox has to wait for. All of it goes by one probe for each thing that is asked. */

/** How an entry ended, or null. */
export const settledAs = (entryId: string) =>
  `(select s.state from readback.settlement s where s.entry_id = ${entryId} limit 1)`

/** The entry right before `o` in the order of its key, or null: then nothing is before it. */
export const predecessorOf = (o: string) =>
  `(select q.entry_id from readback.ordering_queue q
    where q.tenant = ${o}.tenant and q.ordering_key = coalesce(${o}.ordering_key, ${o}.key) and q.position < ${o}.position
    order by q.position desc limit 1)`

/** What must be done first, and is not. */
export const notDoneBefore = (o: string) =>
  `select needed.entry_id from unnest(${o}.after) as needed (entry_id) where ${settledAs('needed.entry_id')} is distinct from 'done'`

/** Why `o` must be held, or null. For entries that use neither, nothing is evaluated. */
export const holdOf = (o: string) =>
  `case when ${o}.after is not null or ${o}.ordered then
     case when exists (${notDoneBefore(o)} limit 1) then 'after'
          when ${o}.ordered and ${predecessorOf(o)} is not null then 'order' end
   end`

/** What `o` waits for that is held for `reason`. */
export const blockersOf = (o: string, reason: string) =>
  `${notDoneBefore(o)} and ${reason} = 'after'
   union all
   select ${predecessorOf(o)} where ${reason} = 'order'`
