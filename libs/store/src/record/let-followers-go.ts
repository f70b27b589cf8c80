/**
 * What every statement that ends entries does besides, as members of its `with` behind one that is called `gone` and has
 * their `entry_id`: they leave the order of their key, and whoever waits for one is marked, so that the relay looks at it.
 *
 * Where nothing has an order and nobody waits, that is asked once, and not for each of them.
 */
export const LET_FOLLOWERS_GO = `
  out_of_order as (
    delete from readback.ordering_queue q
    using gone
    cross join lateral (select p.ctid as place from readback.ordering_queue p where p.entry_id = gone.entry_id limit 1) placed
    where (select true from readback.ordering_queue order by entry_id desc limit 1) and q.ctid = placed.place
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
    where (select true from readback.blocker order by blocker_id desc limit 1) and b.ctid = waiting.place
  )`
