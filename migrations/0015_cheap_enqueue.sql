-- Every transaction of an application pays for its enqueue. In the usual case it makes three statements now and calls no function with a
-- search path of its own: PL/pgSQL sets up each expression and each plan anew in every transaction, and that was most of the cost.

do $$
begin
  if current_setting('server_version_num')::int >= 160000 then
    -- Of the json itself: by way of its text, which is not immutable, the function was never taken into the expression that calls it.
    create or replace function readback.has_unique_names(payload json) returns boolean
      language sql immutable parallel safe as 'select payload is json with unique keys';
  end if;
end $$;

-- Numbers that are equal get one spelling: 1, 1.0 and 1e0 are the same payload. jsonb has no exponents, so that only zeros behind the point
-- are left to go; what stands between quotation marks is passed over. A walk through the values did the same, at a call for each.
create function readback.fingerprint_of(spelled text) returns bytea
  language sql stable parallel safe as $$
    select sha256(convert_to(
      case when spelled ~ '\.[0-9]*0([^0-9]|$)'
        then regexp_replace(spelled, '("(?:[^"\\]|\\.)*")|(\.[0-9]*[1-9])0+(?![0-9])|\.0+(?![0-9])', '\1\2', 'g')
        else spelled
      end, 'UTF8'))
  $$;

-- SHA-256 over the canonical form. In the database, so that producers in every language get the same one.
create or replace function readback.fingerprint(payload json) returns bytea
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return readback.fingerprint_of(payload::jsonb::text);
end $$;

drop function readback.canonical(jsonb);

revoke execute on function readback.fingerprint_of from public;
grant execute on function readback.fingerprint_of to readback_relay, readback_worker, readback_verifier, readback_operator;

-- What a key leads to that is taken.
create function readback.answer_repeat(tenant text, effect text, key text, print bytea, waits uuid[], actor text)
  returns setof readback.enqueued
  language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  known record;
begin
  select k.entry_id, k.fingerprint into known from readback.effect_key k
  where k.tenant = answer_repeat.tenant and k.effect = answer_repeat.effect and k.key = answer_repeat.key;
  if not found then
    raise exception using errcode = 'serialization_failure',
      message = format('readback: key %s of effect %s expired at this moment', key, effect), hint = 'Try the transaction again.';
  end if;
  if known.fingerprint <> print then
    raise exception using errcode = 'RB001',
      message = format('readback: key %s of effect %s is taken by an intent with another payload', key, effect),
      detail = format('entry %s', known.entry_id),
      hint = 'The same intent needs the same payload; another intent needs another key.';
  end if;
  if waits is not null then
    perform readback.refuse_other_after(known.entry_id, waits);
  end if;
  insert into readback.enqueue_repeat (entry_id, actor) values (known.entry_id, actor);
  return next row(known.entry_id, 'noop', readback.state_of(known.entry_id))::readback.enqueued;
end $$;

-- No consumer reads a record with longer ones: what it stands for would never be called.
create function readback.refuse_long_texts(effect text, ordering_key text, traceparent text) returns void
  language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if octet_length(ordering_key) > 512 then
    raise exception using errcode = 'RB002', message = format('readback: the ordering key of effect %s is longer than 512 bytes', effect),
      hint = 'Shorten it, for instance by a hash of the fields that name what is kept in order.';
  end if;
  if octet_length(traceparent) > 512 then
    raise exception using errcode = 'RB008', message = format('readback: the traceparent of effect %s is longer than 512 bytes', effect),
      hint = 'Pass the header as W3C Trace Context has it, which is 55 characters, or leave it out.';
  end if;
end $$;

-- Whatever is not usual: what is refused, and why; what has an order or waits for others.
create function readback.enqueue_with_care(
  tenant        text,
  effect        text,
  key           text,
  payload       json,
  ordering_key  text,
  workflow      text,
  actor         text,
  not_before    timestamptz,
  traceparent   text,
  expires_at    timestamptz,
  priority      int,
  after         json
) returns setof readback.enqueued
  language plpgsql set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  print    constant bytea := readback.checked_fingerprint(tenant, effect, key, payload);
  sequence constant text := coalesce(ordering_key, key);
  id       uuid := readback.new_entry_id();
  contract record;
  waits    uuid[];
begin
  contract := readback.current_contract(effect);
  perform readback.refuse_options(priority, not_before, expires_at);
  perform readback.refuse_long_texts(effect, ordering_key, traceparent);
  if after is not null then
    waits := nullif(readback.resolve_after(tenant, after), '{}');
  end if;
  -- A repeat takes no lock that another could have to wait for.
  if contract.ordered and not exists (
    select from readback.effect_key k
    where k.tenant = enqueue_with_care.tenant and k.effect = enqueue_with_care.effect and k.key = enqueue_with_care.key) then
    perform readback.take_ordering_key(tenant, sequence);
  end if;

  insert into readback.effect_key (tenant, effect, key, entry_id, fingerprint, expires_at)
  values (tenant, effect, key, id, print, now() + contract.key_retention)
  on conflict do nothing;

  if found then
    insert into readback.outbox (entry_id, shard, tenant, effect, effect_version, key, fingerprint, payload,
                                 ordering_key, workflow, after, actor, not_before, expires_at, traceparent, ordered, priority)
    values (id, readback.shard_of(tenant, sequence), tenant, effect, contract.version, key, print, payload,
            ordering_key, workflow, waits, actor, not_before, expires_at, traceparent, contract.ordered, priority);
    if contract.ordered then
      insert into readback.ordering_queue (entry_id, tenant, ordering_key, position)
      select o.entry_id, o.tenant, sequence, o.position from readback.outbox o where o.entry_id = id;
    end if;
    return next row(id, 'created', 'pending')::readback.enqueued;
    return;
  end if;

  return query select * from readback.answer_repeat(tenant, effect, key, print, waits, actor);
end $$;

revoke execute on function readback.refuse_long_texts, readback.answer_repeat, readback.enqueue_with_care from public;

/*
 * Commits an intent with the caller's own rows. Returns what the key leads to:
 *   created   this call made the entry
 *   noop      an entry with this key and payload was there before; its id and state are returned
 * `after` names entries that must be done before this one is called: [{"effect": ..., "key": ...}]. `expires_at` is when it is not worth
 * being called any more. Of what waits for a worker, a higher `priority` (0 to 9) goes first.
 * Raises RB001 if the key is there with another payload, RB002 key or ordering key, RB003 payload, RB004 too large, RB005 no contract,
 * RB006 `after` names no entry, RB007 it would wait for itself, RB008 priority, times or trace; nothing is stored then, and the caller may go on from a savepoint.
 */
create or replace function readback.enqueue(
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
  spelled  text;
  id       uuid;
  print    bytea;
  version  int;
  expiry   timestamptz;
  ordering text;
begin
  begin
    -- Not what is too large: turning it into jsonb is not worth it, or fails in another way.
    spelled := case
      when octet_length(payload::text) <= coalesce(nullif(current_setting('readback.payload_bytes_max', true), '')::int, 262144)
      then payload::jsonb::text
    end;
  exception when untranslatable_character or invalid_text_representation or numeric_value_out_of_range then
    -- It stays null, and is refused with a reason below.
    null;
  end;
  -- One expression for all that is checked one by one, and refused with a reason, in enqueue_with_care.
  if after is null
     and btrim(tenant) <> '' and btrim(effect) <> '' and btrim(key) <> ''
     and octet_length(key) <= 512 and octet_length(tenant) <= 256
     and spelled is not null and readback.has_unique_names(payload)
     and priority between 0 and 9 and (expires_at <= greatest(now(), not_before)) is not true
     and (octet_length(ordering_key) > 512 or octet_length(traceparent) > 512) is not true then

    select readback.new_entry_id(), readback.fingerprint_of(spelled), c.version, now() + c.key_retention, c.ordering
    into id, print, version, expiry, ordering
    from readback.contract c where c.effect = enqueue.effect
    order by c.version desc limit 1;

    if ordering = 'none' then
      insert into readback.effect_key (tenant, effect, key, entry_id, fingerprint, expires_at)
      values (tenant, effect, key, id, print, expiry)
      on conflict do nothing;

      if found then
        insert into readback.outbox (entry_id, shard, tenant, effect, effect_version, key, fingerprint, payload,
                                     ordering_key, workflow, actor, not_before, expires_at, traceparent, priority)
        values (id, readback.shard_of(tenant, coalesce(ordering_key, key)), tenant, effect, version, key, print, payload,
                ordering_key, workflow, actor, not_before, expires_at, traceparent, priority);
        return next row(id, 'created', 'pending')::readback.enqueued;
      else
        return query select * from readback.answer_repeat(tenant, effect, key, print, null, actor);
      end if;
      return;
    end if;
  end if;
  return query select * from readback.enqueue_with_care(tenant, effect, key, payload, ordering_key,
    workflow, actor, not_before, traceparent, expires_at, priority, after);
end $$;
