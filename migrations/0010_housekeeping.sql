-- What keeps a database in order over years: books that stay cheap, weeks that are made and dropped, keys that are forgotten.

-- When an id was made: the inverse of entry_id_floor.
create function readback.entry_time(entry_id uuid) returns timestamptz
  language sql immutable parallel safe as $$
    select to_timestamp(('x' || substr(replace(entry_id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0)
  $$;

create function readback.week_of(at timestamptz) returns timestamptz
  language sql immutable parallel safe as $$
    select date_trunc('week', at at time zone 'utc') at time zone 'utc'
  $$;

create or replace function readback.oldest_open_writer() returns timestamptz
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    select least(
      (select coalesce(min(xact_start), now()) from pg_stat_activity where datname = current_database() and backend_xid is not null),
      -- Of a prepared transaction it is known when it was prepared, not since when it had been writing.
      (select min(prepared) - interval '1 day' from pg_prepared_xacts where database = current_database()))
  $$;

-- The books in pages: intents in order of their ids, the first page from the beginning, each next one from where the last one ends,
-- none over the end of a week. No page is cut where a transaction may still show an intent. A page of which everything has settled is
-- closed: nothing in it can change any more, so it is counted once. What is behind the last page is counted each time.
create table readback.book_page (
  upto        uuid primary key,
  since       uuid not null,
  committed   bigint,
  settled     bigint,
  -- Of one entry alone, which is live or dead.
  single      boolean not null default false,
  cut_at      timestamptz not null default now(),
  checked_at  timestamptz,
  closed_at   timestamptz,
  constraint closed_is_balanced check (closed_at is null or (committed is not null and committed = settled))
);

create index book_page_open on readback.book_page (upto) where closed_at is null;

-- Counts the intents behind `since` up to `upto`, by the snapshot of whoever asks.
create function readback.count_entries(since uuid, upto uuid, with_keys boolean, out committed bigint, out pending bigint, out live bigint, out dead bigint,
                                       out settled bigint, out unaccounted bigint)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  -- The bounds choose the partitions, and the statistics know nothing of the newest rows: probes would be made for millions.
  set plan_cache_mode = force_custom_plan set enable_nestloop = off set jit = off as $$
declare
  lost bigint;
begin
  select count(*),
         count(*) filter (where s.entry_id is null and d.entry_id is null),
         count(*) filter (where d.entry_id is not null and d.state <> 'dead'),
         count(*) filter (where d.state = 'dead'),
         count(*) filter (where s.entry_id is not null),
         count(*) filter (where s.entry_id is not null and d.entry_id is not null)
  into committed, pending, live, dead, settled, unaccounted
  from (select x.entry_id from readback.outbox x where x.entry_id > since and x.entry_id <= upto) o
  left join (select x.entry_id, x.state from readback.delivery x where x.entry_id > since and x.entry_id <= upto) d using (entry_id)
  left join (select x.entry_id from readback.settlement x where x.entry_id > since and x.entry_id <= upto) s using (entry_id);
  -- A key without its row: that cannot be, so it is counted as lost. So is, above, an entry that is live and settled at once.
  if not with_keys then
    return;
  end if;
  select count(*) into lost
  from (select k.entry_id from readback.effect_key k where k.entry_id > since and k.entry_id <= upto and k.expires_at > now()) k
  left join (select x.entry_id from readback.outbox x where x.entry_id > since and x.entry_id <= upto) o using (entry_id)
  left join (select x.entry_id from readback.settlement x where x.entry_id > since and x.entry_id <= upto) s using (entry_id)
  where o.entry_id is null and s.entry_id is null;
  unaccounted := unaccounted + lost;
end $$;

-- Cuts the next page. False: there is none yet.
create function readback.cut_book_page(rows_max int) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  nobody   constant uuid := '00000000-0000-0000-0000-000000000000';
  -- An id is made a moment before its transaction can be seen to write.
  still    constant timestamptz := readback.oldest_open_writer() - interval '1 minute';
  start    uuid;
  week_end timestamptz;
  page     record;
begin
  -- Two leaders cut one after the other.
  perform pg_advisory_xact_lock(hashtext('readback.book_page'));
  start := coalesce((select p.upto from readback.book_page p order by p.upto desc limit 1), nobody);
  if start = nobody then
    select readback.week_of(readback.entry_time(o.entry_id)) + interval '7 days' into week_end
    from readback.outbox o order by o.entry_id limit 1;
  else
    week_end := readback.week_of(readback.entry_time(start)) + interval '7 days';
  end if;
  select count(*) as entries, max(entry_id::text collate "C")::uuid as last into page
  from (
    select o.entry_id from readback.outbox o
    where o.entry_id > start and o.entry_id < readback.entry_id_floor(least(week_end, still))
    order by o.entry_id limit rows_max
  ) each;
  if week_end is null or (page.entries < rows_max and week_end > still) then
    return false;
  end if;
  insert into readback.book_page (since, upto)
  values (start, case when page.entries < rows_max then readback.entry_id_floor(week_end) else page.last end);
  return true;
end $$;

-- Closes a page if it can be closed. False: there is none to be looked at.
create function readback.close_book_page(again_after interval) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  page  record;
  found_there record;
begin
  select p.upto, p.since into page
  from readback.book_page p
  where p.closed_at is null and (p.checked_at is null or p.checked_at < now() - again_after)
    -- What is live or dead keeps its page open; that is seen without counting it.
    and not exists (select from readback.delivery d where d.entry_id > p.since and d.entry_id <= p.upto)
  order by p.upto
  limit 1
  for update of p skip locked;
  if not found then
    return false;
  end if;
  found_there := readback.count_entries(page.since, page.upto, true);
  update readback.book_page p
  set checked_at = now(),
      (committed, settled, closed_at) = (
        select found_there.committed, found_there.settled, now()
        where found_there.settled = found_there.committed and found_there.unaccounted = 0)
  where p.upto = page.upto;
  return true;
end $$;

-- Sets apart what has kept a page open for long, each in a page of its own, so that the rest of it can be closed. False: there is none.
create function readback.narrow_book_page(open_for interval) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  -- Where many wait for a person, there would be more pages than rows in them.
  apart_max constant int := 50;
  page   record;
  apart  uuid[];
  keeper uuid;
  before uuid;
begin
  perform pg_advisory_xact_lock(hashtext('readback.book_page'));
  select p.upto, p.since into page
  from readback.book_page p
  where p.closed_at is null and not p.single and p.cut_at < now() - open_for
    and exists (select from readback.delivery d where d.entry_id > p.since and d.entry_id <= p.upto)
  order by p.cut_at
  limit 1
  for update of p skip locked;
  if not found then
    return false;
  end if;
  apart := array(select d.entry_id from readback.delivery d where d.entry_id > page.since and d.entry_id <= page.upto
                 order by d.entry_id limit apart_max + 1);
  if cardinality(apart) > apart_max then
    update readback.book_page p set cut_at = now() where p.upto = page.upto;
    return true;
  end if;
  foreach keeper in array apart loop
    select o.entry_id into before
    from readback.outbox o where o.entry_id > page.since and o.entry_id < keeper order by o.entry_id desc limit 1;
    if before is not null then
      insert into readback.book_page (since, upto) values (page.since, before);
      page.since := before;
    end if;
    if keeper < page.upto then
      insert into readback.book_page (since, upto, single) values (page.since, keeper, true);
      page.since := keeper;
    end if;
  end loop;
  update readback.book_page p
  set since = page.since, single = (page.upto = keeper), cut_at = now(), checked_at = null
  where p.upto = page.upto;
  return true;
end $$;

-- The books (G2): committed = pending + live + dead + settled, at any moment, by one snapshot.
create or replace view readback.books as
with counted as (
  select c.*
  from (
    -- To look for the key of one entry costs as much as for those of a page.
    select p.since, p.upto, not p.single as with_keys from readback.book_page p where p.closed_at is null
    union all
    select coalesce((select p.upto from readback.book_page p order by p.upto desc limit 1), '00000000-0000-0000-0000-000000000000'),
           'ffffffff-ffff-ffff-ffff-ffffffffffff', true
  ) as uncounted
  cross join lateral readback.count_entries(uncounted.since, uncounted.upto, uncounted.with_keys) c
  union all
  select p.committed, 0, 0, 0, p.settled, 0 from readback.book_page p where p.closed_at is not null
)
select sum(committed)::bigint as committed, sum(pending)::bigint as pending, sum(live)::bigint as live, sum(dead)::bigint as dead,
       sum(settled)::bigint as settled, sum(unaccounted)::bigint as unaccounted
from counted;

-- The same from the rows alone, whatever was counted before: where it says less, rows were deleted by hand.
create view readback.books_recounted as
select * from readback.count_entries('00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', true);

-- As before, and what lies in the net below the weeks moves into its week: a relay may have been away for longer than they were made ahead.
create or replace function readback.ensure_partitions(since timestamptz, until timestamptz) returns int
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
  -- Shorter than the time after which the server looks for deadlocks: of those who wait for each other, this one gives up.
  set lock_timeout = '500ms' as $$
declare
  week   timestamptz := readback.week_of(since);
  oldest timestamptz;
  parent text;
  child  text;
  made   int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('readback.ensure_partitions'));
  foreach parent in array array['outbox', 'attempt', 'settlement'] loop
    execute format('select readback.week_of(readback.entry_time(x.entry_id)) from readback.%I x order by x.entry_id limit 1', parent || '_default')
    into oldest;
    -- An id of long ago was not made by a clock that can be believed.
    if oldest is not null then
      week := least(week, greatest(oldest, readback.week_of(now() - interval '1 year')));
    end if;
  end loop;
  while week < until loop
    foreach parent in array array['outbox', 'attempt', 'settlement'] loop
      child := format('%s_%s', parent, to_char(week at time zone 'utc', 'YYYYMMDD'));
      if to_regclass('readback.' || child) is null then
        execute format('create table readback.%I (like readback.%I including defaults including constraints)', child, parent);
        -- Attaching would lock it as well, but only after the rows have been moved.
        execute format('lock table readback.%I in access exclusive mode', parent || '_default');
        execute format('with moved as (delete from readback.%I where entry_id >= $1 and entry_id < $2 returning *) '
                       'insert into readback.%I select * from moved', parent || '_default', child)
        using readback.entry_id_floor(week), readback.entry_id_floor(week + interval '7 days');
        execute format('alter table readback.%I attach partition readback.%I for values from (%L) to (%L)', parent, child,
          readback.entry_id_floor(week), readback.entry_id_floor(week + interval '7 days'));
        made := made + 1;
      end if;
    end loop;
    week := week + interval '7 days';
  end loop;
  return made;
end $$;

-- Why a week may not be dropped; null: it may. The last question may read all keys, so it comes last.
create function readback.week_is_needed(week timestamptz) returns text
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  low  constant uuid := readback.entry_id_floor(week);
  high constant uuid := readback.entry_id_floor(week + interval '7 days');
begin
  return case
    when exists (select from readback.delivery d where d.entry_id >= low and d.entry_id < high) then 'an entry is live or dead'
    when coalesce((select p.upto < high from readback.book_page p order by p.upto desc limit 1), true)
      or exists (select from readback.book_page p where p.closed_at is null and p.upto > low and p.since < high) then 'its books are not closed'
    -- Whether what it names was done is asked when its time comes.
    when exists (select from readback.blocker b where b.blocker_id >= low and b.blocker_id < high)
      or exists (select from readback.delivery d
                 cross join lateral (select x.after from readback.outbox x where x.entry_id = d.entry_id limit 1) o
                 cross join lateral unnest(o.after) as named
                 where d.state in ('scheduled', 'held') and named >= low and named < high) then 'an entry waits for one of it'
    when exists (select from readback.effect_key k where k.entry_id >= low and k.entry_id < high) then 'a key is remembered'
  end;
end $$;

-- Drops the oldest week that ended so long ago and that nobody needs any more, with its attempts and receipts. Answers which one.
create function readback.drop_week(kept interval) returns timestamptz
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
  -- While it waits, others wait behind it.
  set lock_timeout = '500ms' as $$
declare
  -- Whoever asks may not ask for less than the contracts promise.
  before constant timestamptz := now() - greatest(kept, (select max(c.key_retention) from readback.contract c));
  week timestamptz;
begin
  if not pg_try_advisory_xact_lock(hashtext('readback.ensure_partitions')) then
    return null;
  end if;
  for week in
    select to_timestamp(right(c.relname, 8), 'YYYYMMDD')::timestamp at time zone 'utc'
    from pg_class c
    where c.relnamespace = 'readback'::regnamespace and c.relname ~ '^outbox_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') + interval '7 days' <= before at time zone 'utc'
    order by c.relname
  loop
    if readback.week_is_needed(week) is null then
      lock table only readback.outbox, only readback.attempt, only readback.settlement in access exclusive mode;
      execute format('drop table if exists readback.outbox_%1$s, readback.attempt_%1$s, readback.settlement_%1$s',
        to_char(week at time zone 'utc', 'YYYYMMDD'));
      delete from readback.book_page p
      where p.upto > readback.entry_id_floor(week) and p.upto <= readback.entry_id_floor(week + interval '7 days');
      return week;
    end if;
  end loop;
  return null;
end $$;

-- Forgets repeats of entries that are dropped, a portion at a time.
create function readback.forget_repeats(kept interval, rows_max int) returns int
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  before constant timestamptz := now() - greatest(kept, (select max(c.key_retention) from readback.contract c));
  forgotten int;
begin
  delete from readback.enqueue_repeat r
  where r.ctid = any (array(
    select r.ctid
    from readback.enqueue_repeat r
    left join lateral (select true as is_there from readback.outbox o where o.entry_id = r.entry_id limit 1) o on true
    where r.entry_id < readback.entry_id_floor(before) and o.is_there is null
    order by r.entry_id
    limit rows_max
    for update of r skip locked));
  get diagnostics forgotten = row_count;
  return forgotten;
end $$;

-- Which keys are over is found by going through all of them, some blocks at a time, and not by an index: each intent would pay for that
-- one. (A BRIN index costs little, but what it says of a block only ever widens: once old space is used again, it chooses nothing.)
create table readback.key_walk (
  part        smallint primary key,
  next_block  bigint not null default 0,
  walked_at   timestamptz not null default '-infinity'
);

insert into readback.key_walk (part) select generate_series(0, 7);

-- Forgets the keys in the next blocks whose time is over. A key stays, however old, while its entry is not settled: it is what keeps
-- the effect from happening twice. `more`: these blocks hold more than `keys_max`, and are gone through again.
create function readback.expire_keys(blocks int, keys_max int, out expired int, out more boolean)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  walk record;
  last bigint;
begin
  select w.part, w.next_block into walk
  from readback.key_walk w order by w.walked_at, w.part limit 1
  -- Two at once walk through different parts.
  for update skip locked;
  last := walk.next_block + blocks;
  execute format($q$
    with over as materialized (
      select k.ctid as place
      from readback.%1$I k
      left join lateral (select true as is_there from readback.settlement s where s.entry_id = k.entry_id limit 1) s on true
      left join lateral (select true as is_there from readback.outbox o where o.entry_id = k.entry_id limit 1) o on true
      left join lateral (select true as is_there from readback.delivery d where d.entry_id = k.entry_id limit 1) d on true
      where k.ctid >= $1 and k.ctid < $2 and k.expires_at < now()
        -- Settled; or its week was dropped, which takes the settlement along.
        and (s.is_there or (o.is_there is null and d.is_there is null))
      limit $3
      for update of k skip locked
    )
    delete from readback.%1$I k where k.ctid = any (array(select place from over))
    $q$, 'effect_key_' || walk.part)
  using format('(%s,0)', walk.next_block)::tid, format('(%s,0)', last)::tid, keys_max;
  get diagnostics expired = row_count;
  more := expired = keys_max;
  update readback.key_walk w
  set walked_at = now(),
      next_block = case
        when more then w.next_block
        when last < pg_relation_size(format('readback.effect_key_%s', walk.part)::regclass) / current_setting('block_size')::int then last
        else 0
      end
  where w.part = walk.part;
end $$;

revoke execute on function readback.entry_time, readback.week_of, readback.count_entries, readback.cut_book_page, readback.close_book_page,
  readback.narrow_book_page, readback.week_is_needed, readback.drop_week, readback.forget_repeats, readback.expire_keys from public;

-- A view's functions run with the rights of whoever asks.
grant execute on function readback.count_entries to readback_reader, readback_relay, readback_worker, readback_verifier, readback_operator;
grant execute on function readback.cut_book_page, readback.close_book_page, readback.narrow_book_page, readback.week_is_needed,
  readback.drop_week, readback.forget_repeats, readback.expire_keys to readback_relay;
grant select on readback.books_recounted to readback_reader;
grant select on readback.book_page, readback.books_recounted, readback.key_walk
  to readback_relay, readback_worker, readback_verifier, readback_operator;

-- Finds the keys of newest entries, for the books. What it says of a block only ever widens, but a block without new keys never looks
-- as if it had some. Last, because until its end it holds up whoever writes keys.
create index effect_key_entry on readback.effect_key using brin (entry_id) with (pages_per_range = 32, autosummarize = on);
