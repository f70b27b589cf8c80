-- A relay that has read everything asks for the next intent again and again. The round trip of such a question, and waking the processes at both
-- ends of it, cost several times what its statement does. Where the next one is near it waits here, and asks when there is something to read.

-- Returns when rows of `shards` are there that `since` does not show, at the latest after `most`. It looks at ids from `made_from` on only: it may miss
-- a row, and the question that follows it does not.
create function readback.await_intents(since pg_snapshot, made_from uuid, shards smallint[], most interval) returns void
language plpgsql volatile
as $$
declare
  ends constant timestamptz := clock_timestamp() + most;
  -- Each statement of a volatile function has a snapshot of its own.
  seen pg_snapshot := since;
begin
  loop
    -- As long as nothing that writes has ended, nothing has become visible.
    if pg_current_snapshot()::text <> seen::text then
      seen := pg_current_snapshot();
      perform from readback.outbox o
      where o.xid >= pg_snapshot_xmin(since) and o.xid < pg_snapshot_xmax(seen) and o.entry_id >= made_from and o.shard = any (shards)
        and not pg_visible_in_snapshot(o.xid, since) and pg_visible_in_snapshot(o.xid, seen)
      limit 1;
      exit when found;
    end if;
    exit when clock_timestamp() >= ends;
    -- It sleeps for whole milliseconds, until its time is over: for one of them here, and for two if one was asked for.
    perform pg_sleep(0.0005);
  end loop;
end $$;

revoke execute on function readback.await_intents from public;
grant execute on function readback.await_intents to readback_relay;
