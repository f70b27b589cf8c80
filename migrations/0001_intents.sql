-- What application services write: the intent, under its key, in their own transaction.

create schema if not exists readback;

-- Time-ordered ids (UUID version 7): they sort by creation, so time partitions prune by id.
do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    create function readback.new_entry_id() returns uuid
      language sql volatile parallel safe as 'select uuidv7()';
  else
    -- As PostgreSQL 18 makes them: the twelve bits behind the milliseconds hold their fraction, so that ids made one after
    -- another sort so within a millisecond as well.
    create function readback.new_entry_id() returns uuid
      language sql volatile parallel safe as $fn$
        select (lpad(to_hex(us / 1000), 12, '0') || to_hex(28672 + us % 1000 * 4096 / 1000)
                || substr(replace(gen_random_uuid()::text, '-', ''), 17))::uuid
        from (select floor(extract(epoch from clock_timestamp()) * 1000000)::bigint) as clock (us)
      $fn$;
  end if;
end $$;

-- The lowest entry id that can have been made at a time: the bound of a time partition.
create function readback.entry_id_floor(at timestamptz) returns uuid
  language sql immutable parallel safe as $$
    select rpad(lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0'), 32, '0')::uuid
  $$;

-- One row a contract version that was ever deployed: entries keep the version they were written under.
create table readback.contract (
  effect         text not null,
  version        int not null check (version > 0),
  hash           text not null,
  document       json not null,
  key_retention  interval not null,
  deployed_at    timestamptz not null default now(),
  primary key (effect, version)
);

-- Decides alone whether an intent is new (K4). A time-partitioned table cannot hold this unique constraint.
create table readback.effect_key (
  tenant       text not null,
  effect       text not null,
  key          text not null,
  entry_id     uuid not null,
  fingerprint  bytea not null,
  expires_at   timestamptz not null,
  primary key (tenant, effect, key)
) partition by hash (tenant, effect, key);

do $$
begin
  for i in 0..7 loop
    execute format('create table readback.effect_key_%s partition of readback.effect_key for values with (modulus 8, remainder %s)', i, i);
  end loop;
end $$;

create sequence readback.outbox_position as bigint;

create table readback.outbox (
  entry_id        uuid not null,
  position        bigint not null default nextval('readback.outbox_position'),
  -- The relay reads by transaction, not by position: a late commit is then never skipped.
  xid             xid8 not null default pg_current_xact_id(),
  shard           smallint not null,
  tenant          text not null,
  effect          text not null,
  effect_version  int not null,
  key             text not null,
  fingerprint     bytea not null,
  -- json, not jsonb: the bytes as given, because every attempt sends the same ones.
  payload         json not null,
  ordering_key    text,
  workflow        text,
  after           uuid[],
  actor           text,
  not_before      timestamptz,
  expires_at      timestamptz,
  traceparent     text,
  created_at      timestamptz not null default now(),
  primary key (entry_id)
) partition by range (entry_id);

create index outbox_xid on readback.outbox (xid);

-- A repeated enqueue leaves a trace (K4b). Append-only, so that one repeat never waits for another.
create table readback.enqueue_repeat (
  entry_id  uuid not null,
  at        timestamptz not null default clock_timestamp(),
  actor     text
);

create index enqueue_repeat_entry on readback.enqueue_repeat (entry_id);

create type readback.enqueued as (entry_id uuid, effect text, state text);

-- Numbers that are equal get one spelling: 1, 1.0 and 1e0 are the same payload.
create function readback.canonical(value jsonb) returns jsonb
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return case jsonb_typeof(value)
    when 'number' then to_jsonb(trim_scale(value::numeric))
    when 'array' then coalesce((select jsonb_agg(readback.canonical(item) order by place)
                                from jsonb_array_elements(value) with ordinality as each (item, place)), '[]')
    when 'object' then coalesce((select jsonb_object_agg(name, readback.canonical(item))
                                 from jsonb_each(value) as each (name, item)), '{}')
    else value
  end;
end $$;

-- SHA-256 over the canonical form. In the database, so that producers in every language get the same one.
create function readback.fingerprint(payload json) returns bytea
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  value jsonb := payload::jsonb;
begin
  -- Only a number with trailing zeros after the point can be spelled in two ways here; the walk is slow, this test is not.
  if value::text ~ '\.[0-9]*0([^0-9]|$)' then
    value := readback.canonical(value);
  end if;
  return sha256(convert_to(value::text, 'UTF8'));
end $$;

do $$
begin
  if current_setting('server_version_num')::int >= 160000 then
    create function readback.has_unique_names(payload json) returns boolean
      language sql immutable parallel safe as 'select payload::text is json with unique keys';
  else
    create function readback.has_unique_names(payload json) returns boolean
      language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $fn$
    begin
      return case json_typeof(payload)
        when 'object' then (select count(*) = count(distinct name) and coalesce(bool_and(readback.has_unique_names(item)), true)
                            from json_each(payload) as each (name, item))
        when 'array' then (select coalesce(bool_and(readback.has_unique_names(item)), true) from json_array_elements(payload) as item)
        else true
      end;
    end $fn$;
  end if;
end $$;

-- Refuses in the caller's own transaction what could never be delivered as given; returns the fingerprint.
create function readback.checked_fingerprint(tenant text, effect text, key text, payload json) returns bytea
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  size_max constant int := coalesce(nullif(current_setting('readback.payload_bytes_max', true), '')::int, 262144);
  print bytea;
begin
  if coalesce(btrim(tenant), '') = '' or coalesce(btrim(effect), '') = '' then
    raise exception using errcode = 'RB002', message = 'readback: tenant and effect are needed to name an intent',
      hint = 'Pass tenant => ''...'' and effect => ''...''.';
  end if;
  if coalesce(btrim(key), '') = '' then
    raise exception using errcode = 'RB002', message = format('readback: effect %s was enqueued without an idempotency key', effect),
      hint = 'Pass key => ''...'', made from the fields that name the intent, never a random value.';
  end if;
  if octet_length(key) > 512 or octet_length(tenant) > 256 then
    raise exception using errcode = 'RB002', message = format('readback: the key of effect %s is longer than 512 bytes, or its tenant longer than 256', effect),
      hint = 'Shorten it, for instance by a hash of the fields that name the intent.';
  end if;
  if payload is null then
    raise exception using errcode = 'RB003', message = format('readback: effect %s, key %s has no payload', effect, key),
      hint = 'Pass payload => ''{}'' if the effect needs no data.';
  end if;
  if octet_length(payload::text) > size_max then
    raise exception using errcode = 'RB004',
      message = format('readback: the payload of effect %s, key %s has %s bytes; at most %s are taken', effect, key, octet_length(payload::text), size_max),
      hint = 'Store the large part elsewhere and send a reference, or raise readback.payload_bytes_max.';
  end if;
  begin
    print := readback.fingerprint(payload);
  exception when untranslatable_character or invalid_text_representation or numeric_value_out_of_range then
    raise exception using errcode = 'RB003',
      message = format('readback: the payload of effect %s, key %s cannot be held exactly: %s', effect, key, sqlerrm),
      hint = 'Remove \u0000, unpaired surrogates and numbers out of range.';
  end;
  if not readback.has_unique_names(payload) then
    raise exception using errcode = 'RB003', message = format('readback: the payload of effect %s, key %s names a field twice', effect, key),
      hint = 'JSON readers keep one of the two, and not all the same one: send each field once.';
  end if;
  return print;
end $$;

-- Everything that is said of an entry's contract at the moment it is written.
create function readback.current_contract(effect text, out version int, out key_retention interval)
  language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  select c.version, c.key_retention into current_contract.version, current_contract.key_retention
  from readback.contract c where c.effect = current_contract.effect
  order by c.version desc limit 1;
  if not found then
    raise exception using errcode = 'RB005', message = format('readback: no contract is deployed for effect %s', effect),
      hint = 'Check the spelling, or deploy its contract: readback contracts deploy.';
  end if;
end $$;

/*
 * Commits an intent with the caller's own rows. Returns what the key leads to:
 *   created   this call made the entry
 *   noop      an entry with this key and payload was there before; its id and state are returned
 * Raises RB001 if the key is there with another payload, RB002 key, RB003 payload, RB004 too large, RB005 no contract;
 * nothing is stored then, and the caller may go on from a savepoint.
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
  traceparent   text default null
) returns setof readback.enqueued
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  print    constant bytea := readback.checked_fingerprint(enqueue.tenant, enqueue.effect, enqueue.key, enqueue.payload);
  id       uuid := readback.new_entry_id();
  contract record;
  known    record;
begin
  contract := readback.current_contract(enqueue.effect);
  insert into readback.effect_key (tenant, effect, key, entry_id, fingerprint, expires_at)
  values (enqueue.tenant, enqueue.effect, enqueue.key, id, print, now() + contract.key_retention)
  on conflict do nothing;

  if found then
    insert into readback.outbox (entry_id, shard, tenant, effect, effect_version, key, fingerprint, payload,
                                 ordering_key, workflow, actor, not_before, traceparent)
    values (id, readback.shard_of(enqueue.tenant, coalesce(enqueue.ordering_key, enqueue.key)), enqueue.tenant, enqueue.effect,
            contract.version, enqueue.key, print, enqueue.payload, enqueue.ordering_key, enqueue.workflow, enqueue.actor,
            enqueue.not_before, enqueue.traceparent);
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
  insert into readback.enqueue_repeat (entry_id, actor) values (known.entry_id, enqueue.actor);
  return next row(known.entry_id, 'noop', readback.state_of(known.entry_id))::readback.enqueued;
end $$;

/*
 * The same for many: a JSON array of objects with the names of enqueue's parameters. One answer a position, in order of
 * the array. Keys are taken in sorted order, so that two batches that overlap wait for each other and never deadlock.
 */
create function readback.enqueue_batch(entries json)
  returns table (entry_no bigint, entry_id uuid, effect text, state text)
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with given as materialized (
    select place, entry, entry ->> 'tenant' as tenant, entry ->> 'effect' as effect, entry ->> 'key' as key
    from json_array_elements(entries) with ordinality as each (entry, place)
    order by 3, 4, 5, 1
  ), answered as materialized (
    select g.place, e.entry_id, e.effect, e.state
    from given g
    cross join lateral readback.enqueue(g.tenant, g.effect, g.key, g.entry -> 'payload', g.entry ->> 'ordering_key',
      g.entry ->> 'workflow', g.entry ->> 'actor', (g.entry ->> 'not_before')::timestamptz, g.entry ->> 'traceparent') e
  )
  select place, entry_id, effect, state from answered order by place
$$;
