-- What an intent may wait for besides a time: those before it in its ordering key, and named ones that must be done first.
-- And until when it is worth being sent at all.

-- Whether entries of one ordering key are called one after another.
alter table readback.contract
  add column ordering text not null default 'none' check (ordering in ('none', 'per_key'));

alter table readback.outbox
  -- Its contract said `ordering: per_key` when it was written.
  add column ordered boolean not null default false,
  add column priority smallint not null default 0,
  -- The entry that this one undoes.
  add column compensates uuid;

create index outbox_workflow on readback.outbox (tenant, workflow) where workflow is not null;

alter table readback.delivery add column expires_at timestamptz;
create index delivery_expiring on readback.delivery (expires_at) where expires_at is not null and state in ('scheduled', 'held');

-- The unsettled entries of each ordering key. The one with the lowest position may be called; a row leaves when its entry ends, or
-- when an operator lets the others pass.
create table readback.ordering_queue (
  entry_id      uuid primary key,
  tenant        text not null,
  ordering_key  text not null,
  position      bigint not null
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);

create index ordering_queue_order on readback.ordering_queue (tenant, ordering_key, position);

-- Why an entry is held: one row for each entry that it waits for. `ended` is set by whatever ends that one, so that the relay need not
-- go through all that wait.
create table readback.blocker (
  entry_id    uuid not null,
  blocker_id  uuid not null,
  ended       boolean not null default false,
  primary key (entry_id, blocker_id)
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);

create index blocker_blocker on readback.blocker (blocker_id);
create index blocker_ended on readback.blocker (entry_id) where ended;

drop function readback.current_contract(text);

-- Everything that is said of an entry's contract at the moment it is written.
create function readback.current_contract(effect text, out version int, out key_retention interval, out ordered boolean)
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  select c.version, c.key_retention, c.ordering = 'per_key'
  into current_contract.version, current_contract.key_retention, current_contract.ordered
  from readback.contract c where c.effect = current_contract.effect
  order by c.version desc limit 1;
  if not found then
    raise exception using errcode = 'RB005', message = format('readback: no contract is deployed for effect %s', effect),
      hint = 'Check the spelling, or deploy its contract: readback contracts deploy.';
  end if;
end $$;

-- Names to entries: [{"effect": ..., "key": ...}], of the same tenant unless they name another.
create function readback.resolve_after(tenant text, after json) returns uuid[]
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  names_max constant int := 100;
  named   record;
  entries uuid[] := '{}';
begin
  if json_typeof(after) <> 'array' or json_array_length(after) > names_max
     or exists (select from json_array_elements(after) as each (name)
                where json_typeof(name) <> 'object' or name ->> 'effect' is null or name ->> 'key' is null) then
    raise exception using errcode = 'RB006',
      message = format('readback: after is not a list of at most %s names of entries', names_max),
      hint = 'Pass after => ''[{"effect": "...", "key": "..."}]''; "tenant" may stand there as well.';
  end if;
  for named in
    select k.entry_id, coalesce(name ->> 'tenant', resolve_after.tenant) as tenant, name ->> 'effect' as effect, name ->> 'key' as key
    from json_array_elements(after) as each (name)
    left join readback.effect_key k
      on k.tenant = coalesce(name ->> 'tenant', resolve_after.tenant) and k.effect = name ->> 'effect' and k.key = name ->> 'key'
  loop
    if named.entry_id is null then
      raise exception using errcode = 'RB006',
        message = format('readback: after names effect %s, key %s of tenant %s, and there is no such entry', named.effect, named.key, named.tenant),
        hint = 'Enqueue what comes first before what follows, or both in one readback.enqueue_batch.';
    end if;
    entries := entries || named.entry_id;
  end loop;
  return array(select distinct id from unnest(entries) as id order by id);
end $$;

-- Only a repeat can close a circle: a new entry is named by none.
create function readback.refuse_other_after(entry_id uuid, after uuid[]) returns void
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  stored uuid[];
begin
  if exists (
    with recursive before as (
      select unnest(refuse_other_after.after) as id
      union
      select unnest(o.after) from before join readback.outbox o on o.entry_id = before.id
    )
    select from before where id = refuse_other_after.entry_id) then
    raise exception using errcode = 'RB007', message = format('readback: entry %s would wait for itself', entry_id),
      hint = 'Leave out of after what already waits for this one.';
  end if;
  select o.after into stored from readback.outbox o where o.entry_id = refuse_other_after.entry_id;
  if found and stored is distinct from after then
    raise exception using errcode = 'RB001', message = format('readback: entry %s is there already, and waits for other entries', entry_id),
      detail = format('entry %s', entry_id), hint = 'What an intent waits for is part of it: another intent needs another key.';
  end if;
end $$;

create function readback.refuse_options(priority int, not_before timestamptz, expires_at timestamptz) returns void
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if priority not between 0 and 9 then
    raise exception using errcode = 'RB008', message = format('readback: priority %s is not one of 0 to 9', priority),
      hint = '0 is the usual one; what has a higher one goes first.';
  end if;
  if expires_at <= greatest(now(), not_before) then
    raise exception using errcode = 'RB008', message = format('readback: expires_at %s is over before the effect may be called', expires_at),
      hint = 'Pass a time after now and after not_before, or leave it out.';
  end if;
end $$;

-- Positions of one ordering key are given out in the order of the commits: whoever is next waits here until the one before has ended.
create function readback.take_ordering_key(tenant text, ordering_key text) returns void
  language sql volatile set search_path = pg_catalog, pg_temp as $$
    select pg_advisory_xact_lock(hashtextextended(ordering_key, hashtextextended('readback.order/' || tenant, 0)))
  $$;

drop function readback.enqueue_batch(json);
drop function readback.enqueue(text, text, text, json, text, text, text, timestamptz, text);

/*
 * Commits an intent with the caller's own rows. Returns what the key leads to:
 *   created   this call made the entry
 *   noop      an entry with this key and payload was there before; its id and state are returned
 * `after` names entries that must be done before this one is called: [{"effect": ..., "key": ...}]. `expires_at` is when it is not worth
 * being called any more. Of what waits for a worker, a higher `priority` (0 to 9) goes first.
 * Raises RB001 if the key is there with another payload, RB002 key, RB003 payload, RB004 too large, RB005 no contract, RB006 `after` names
 * no entry, RB007 it would wait for itself, RB008 priority or times; nothing is stored then, and the caller may go on from a savepoint.
 */
create function readback.enqueue(
  tenant        text,
  effect        text,
  key           text,
  payload       json,
  ordering_key  text default null,
  workflow      text default null,
  actor         text default null,
  not_before    timestamptz default null,
  traceparent   text default null,
  expires_at    timestamptz default null,
  priority      int default 0,
  after         json default null
) returns setof readback.enqueued
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  print    constant bytea := readback.checked_fingerprint(enqueue.tenant, enqueue.effect, enqueue.key, enqueue.payload);
  sequence constant text := coalesce(enqueue.ordering_key, enqueue.key);
  id       uuid := readback.new_entry_id();
  contract record;
  known    record;
  waits    uuid[];
begin
  contract := readback.current_contract(enqueue.effect);
  perform readback.refuse_options(enqueue.priority, enqueue.not_before, enqueue.expires_at);
  if enqueue.after is not null then
    waits := nullif(readback.resolve_after(enqueue.tenant, enqueue.after), '{}');
  end if;
  -- A repeat takes no lock that another could have to wait for.
  if contract.ordered and not exists (
    select from readback.effect_key k where k.tenant = enqueue.tenant and k.effect = enqueue.effect and k.key = enqueue.key) then
    perform readback.take_ordering_key(enqueue.tenant, sequence);
  end if;

  insert into readback.effect_key (tenant, effect, key, entry_id, fingerprint, expires_at)
  values (enqueue.tenant, enqueue.effect, enqueue.key, id, print, now() + contract.key_retention)
  on conflict do nothing;

  if found then
    insert into readback.outbox (entry_id, shard, tenant, effect, effect_version, key, fingerprint, payload,
                                 ordering_key, workflow, after, actor, not_before, expires_at, traceparent, ordered, priority)
    values (id, readback.shard_of(enqueue.tenant, sequence), enqueue.tenant, enqueue.effect,
            contract.version, enqueue.key, print, enqueue.payload, enqueue.ordering_key, enqueue.workflow, waits, enqueue.actor,
            enqueue.not_before, enqueue.expires_at, enqueue.traceparent, contract.ordered, enqueue.priority);
    if contract.ordered then
      insert into readback.ordering_queue (entry_id, tenant, ordering_key, position)
      select o.entry_id, o.tenant, sequence, o.position from readback.outbox o where o.entry_id = id;
    end if;
    return next row(id, 'created', 'pending')::readback.enqueued;
    return;
  end if;

  select k.entry_id, k.fingerprint into known from readback.effect_key k
  where k.tenant = enqueue.tenant and k.effect = enqueue.effect and k.key = enqueue.key;
  if not found then
    raise exception using errcode = 'serialization_failure',
      message = format('readback: key %s of effect %s expired at this moment', enqueue.key, enqueue.effect), hint = 'Try the transaction again.';
  end if;
  if known.fingerprint <> print then
    raise exception using errcode = 'RB001',
      message = format('readback: key %s of effect %s is taken by an intent with another payload', enqueue.key, enqueue.effect),
      detail = format('entry %s', known.entry_id),
      hint = 'The same intent needs the same payload; another intent needs another key.';
  end if;
  if waits is not null then
    perform readback.refuse_other_after(known.entry_id, waits);
  end if;
  insert into readback.enqueue_repeat (entry_id, actor) values (known.entry_id, enqueue.actor);
  return next row(known.entry_id, 'noop', readback.state_of(known.entry_id))::readback.enqueued;
end $$;

-- How many entries of a batch must be taken before each one, because `after` names them there. Places that are not in the answer: none.
create function readback.batch_depths(entries json) returns table (place bigint, depth int)
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    with recursive given as materialized (
      select place, entry, entry ->> 'tenant' as tenant, entry ->> 'effect' as effect, entry ->> 'key' as key
      from json_array_elements(entries) with ordinality as each (entry, place)
    ), edge as materialized (
      select g.place, needed.place as needs
      from given g
      cross join lateral json_array_elements(case json_typeof(g.entry -> 'after') when 'array' then g.entry -> 'after' else '[]' end) as each (name)
      join given needed on needed.tenant = coalesce(name ->> 'tenant', g.tenant)
        and needed.effect = name ->> 'effect' and needed.key = name ->> 'key'
    ), walk as (
      select e.place, 1 as depth from edge e
      union
      select e.place, w.depth + 1 from walk w join edge e on e.needs = w.place where w.depth <= (select count(*) from given)
    )
    select w.place, max(w.depth) from walk w group by w.place;
end $$;

/*
 * The same for many: a JSON array of objects with the names of enqueue's parameters. One answer a position, in order of the array. Keys
 * are taken in sorted order, so that two batches that overlap wait for each other and never deadlock; only what is named by an `after`
 * in the batch goes before what names it.
 */
create function readback.enqueue_batch(entries json)
  returns table (entry_no bigint, entry_id uuid, effect text, state text)
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  chained constant boolean := strpos(entries::text, '"after"') > 0;
begin
  if chained and exists (select from readback.batch_depths(entries) d where d.depth >= json_array_length(entries)) then
    raise exception using errcode = 'RB007', message = 'readback: entries of the batch would wait for each other in a circle',
      hint = 'Follow their after from name to name, and leave out the one that leads back.';
  end if;
  -- Before any key, and in one order as well.
  perform readback.take_ordering_key(tenant, sequence)
  from (
    select distinct entry ->> 'tenant' as tenant, coalesce(entry ->> 'ordering_key', entry ->> 'key') as sequence
    from json_array_elements(entries) as each (entry)
    where entry ->> 'effect' in (
        select distinct on (c.effect) case c.ordering when 'per_key' then c.effect end from readback.contract c order by c.effect, c.version desc)
      and not exists (select from readback.effect_key k
                      where k.tenant = entry ->> 'tenant' and k.effect = entry ->> 'effect' and k.key = entry ->> 'key')
    order by 1, 2
  ) ordered;
  return query
    with depth as materialized (
      select d.place, d.depth from readback.batch_depths(case when chained then entries else '[]' end) d
    ), given as materialized (
      select g.place, g.entry, g.entry ->> 'tenant' as tenant, g.entry ->> 'effect' as effect, g.entry ->> 'key' as key
      from json_array_elements(entries) with ordinality as g (entry, place)
      left join depth d using (place)
      order by coalesce(d.depth, 0), 3, 4, 5, 1
    ), answered as materialized (
      select g.place, e.entry_id, e.effect, e.state
      from given g
      cross join lateral readback.enqueue(g.tenant, g.effect, g.key, g.entry -> 'payload', g.entry ->> 'ordering_key',
        g.entry ->> 'workflow', g.entry ->> 'actor', (g.entry ->> 'not_before')::timestamptz, g.entry ->> 'traceparent',
        (g.entry ->> 'expires_at')::timestamptz, coalesce((g.entry ->> 'priority')::int, 0),
        case when json_typeof(g.entry -> 'after') <> 'null' then g.entry -> 'after' end) e
    )
    select place, entry_id, effect, state from answered order by place;
end $$;

revoke execute on function readback.current_contract, readback.resolve_after, readback.refuse_other_after, readback.refuse_options,
  readback.take_ordering_key, readback.batch_depths, readback.enqueue, readback.enqueue_batch from public;
grant execute on function readback.enqueue, readback.enqueue_batch to readback_producer;

grant select on readback.ordering_queue, readback.blocker to readback_relay, readback_worker, readback_verifier, readback_operator;
grant insert, update, delete on readback.ordering_queue, readback.blocker to readback_relay, readback_worker, readback_verifier, readback_operator;
-- The relay ends what has expired.
grant delete on readback.delivery to readback_relay;
grant insert on readback.settlement to readback_relay;
