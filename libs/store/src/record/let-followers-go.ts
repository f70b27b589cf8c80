/**
 * What every statement that ends entries does besides, as members of its `with` behind one that is called `gone` and has
 * their `entry_id`: they leave the order of their key, and whoever waits for one is marked, so that the relay looks at it.
 *
 * For entries that nobody waits for, these are two probes into small indexes.
 */
export const LET_FOLLOWERS_GO = `
  out_of_order as (
    delete from readback.ordering_queue q
    using gone
    cross join lateral (select p.ctid as place from readback.ordering_queue p where p.entry_id = gone.entry_id limit 1) placed
    where q.ctid = placed.place
  ),
  told as (
    update readback.blocker b
    set ended = true
    from gone
    cross join lateral (
      select p.ctid as place from readback.blocker p where p.blocker_id = gone.entry_id and not p.ended
      -- However many wait for one entry: what is not told here, the sweep for lost marks finds.
      limit 1000
    ) waiting
    where b.ctid = waiting.place
  )`
