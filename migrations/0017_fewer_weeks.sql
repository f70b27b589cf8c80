-- The relay opens each week that is to come at each look at the outbox, up to a thousand times a second. Three weeks ahead are enough for a relay that makes
-- the next one every hour, and for one that was away for longer there is the net below the weeks. What was made beyond that goes, where nothing is in it.

do $$
declare
  parent   text;
  child    text;
  has_rows boolean;
begin
  foreach parent in array array['outbox', 'attempt', 'settlement'] loop
    -- With its partitions, in the order in which everybody else takes them.
    execute format('lock table readback.%I in access exclusive mode', parent);
    for child in
      select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = ('readback.' || parent)::regclass and c.relname ~ '_[0-9]{8}$'
        and to_date(right(c.relname, 8), 'YYYYMMDD') >= (now() + interval '3 weeks') at time zone 'utc'
    loop
      execute format('select exists (select from readback.%I)', child) into has_rows;
      if not has_rows then
        execute format('drop table readback.%I', child);
      end if;
    end loop;
  end loop;
end $$;
