-- What holds an entry, told to whoever asks. What waits for others is in progress as long as those go on by themselves.

-- What it waits for at this moment: the earlier ones of its ordering key, the first of them first; or what is to be done before and is not.
create function readback.waits_for(entry_id uuid, most int default 10) returns setof uuid
  language plpgsql stable security definer set plan_cache_mode = force_generic_plan set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  held record;
begin
  select d.reason, o.tenant, coalesce(o.ordering_key, o.key) as sequence, o.position, o.after into held
  from readback.delivery d
  join readback.outbox o using (entry_id)
  where d.entry_id = waits_for.entry_id and d.state = 'held';
  if held.reason = 'order' then
    return query
      select entry_id from (
        -- One that was put back at its old place may wait for a later one that had begun by then.
        select q.entry_id, q.position from readback.ordering_queue q
        where q.tenant = held.tenant and q.ordering_key = held.sequence and q.position < held.position
        union
        select q.entry_id, q.position from readback.blocker b
        join readback.ordering_queue q on q.entry_id = b.blocker_id
        where b.entry_id = waits_for.entry_id
      ) earlier order by position limit most;
  elsif held.reason = 'after' then
    return query
      select needed from unnest(held.after) as needed
      where (select s.state from readback.settlement s where s.entry_id = needed) is distinct from 'done'
      limit most;
  end if;
end $$;

-- Whether somebody must act before it can go on, here or at the end of the chain that it waits in.
create function readback.waits_for_person(entry_id uuid) returns boolean
  language plpgsql stable security definer set plan_cache_mode = force_generic_plan set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  -- Nobody reads on from here: a longer chain is in progress until one of these says otherwise.
  chain_max constant int := 1000;
  seen  uuid[] := array[waits_for_person.entry_id];
  level uuid[] := seen;
begin
  while cardinality(level) > 0 and cardinality(seen) < chain_max loop
    -- Of an order, the first of the key alone decides when it goes on.
    level := array(
      select distinct next_one from unnest(level) as one
      cross join lateral (
        select next_one from readback.waits_for(one,
          case (select d.reason from readback.delivery d where d.entry_id = one) when 'order' then 1 else 100 end) as next_one
      ) needed
      where next_one <> all (seen));
    if exists (
      select from unnest(level) as one
      where exists (select from readback.settlement s where s.entry_id = one)
        or exists (select from readback.delivery d where d.entry_id = one
                   and (d.state = 'dead' or (d.state = 'held' and d.reason in ('approval', 'parked'))))) then
      return true;
    end if;
    seen := seen || level;
  end loop;
  return false;
end $$;

create or replace function readback.status_of(state text, reason text) returns text
  language sql immutable parallel safe as $$
    select case
      when state in ('done', 'acknowledged') then state
      when state in ('cancelled', 'expired', 'discarded') then 'cancelled'
      when state = 'dead' or (state = 'held' and reason in ('approval', 'parked')) then 'needs_attention'
      else 'in_progress'
    end
  $$;

-- The same of an entry, which may be held by others.
create function readback.status_of(state text, reason text, entry_id uuid) returns text
  language sql stable as $$
    select case
      when state = 'held' and reason in ('after', 'order') and readback.waits_for_person(entry_id) then 'needs_attention'
      else readback.status_of(state, reason)
    end
  $$;

-- Who holds an entry, or null.
create function readback.held_by(entry_id uuid) returns json
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select json_agg(json_build_object('tenant', o.tenant, 'effect_name', o.effect, 'key', o.key, 'entry_id', o.entry_id,
      'state', coalesce(s.state, d.state, 'pending'), 'cause', coalesce(s.cause, d.cause, d.reason)) order by blocker.place)
    from readback.waits_for(held_by.entry_id) with ordinality as blocker (id, place)
    join readback.outbox o on o.entry_id = blocker.id
    left join readback.delivery d on d.entry_id = blocker.id
    left join readback.settlement s on s.entry_id = blocker.id
  $$;

create or replace view readback.effect as
select
  k.tenant,
  k.effect as effect_name,
  k.key,
  readback.status_of(coalesce(s.state, d.state, 'pending'), d.reason, k.entry_id) as status,
  coalesce(s.state, d.state, 'pending') as state,
  coalesce(s.cause, d.cause, d.reason) as cause,
  k.entry_id,
  coalesce(s.attempts, d.attempts, 0) as attempts,
  case when s.verdict is not null then json_build_object(
    'verdict', s.verdict, 'external_id', s.external_id, 'observed_at', readback.utc(s.observed_at),
    'evidence', s.evidence, 'contract_version', s.contract_version, 'kept', s.kept) end as receipt,
  case
    when s.state is not null then null
    when d.state is null then json_build_object('what', 'call', 'due_at', readback.utc(o.not_before))
    when d.state = 'scheduled' then json_build_object('what', 'call', 'due_at', readback.utc(d.due_at))
    when d.state = 'calling' then json_build_object('what', 'outcome', 'due_at', readback.utc(d.lease_until))
    when d.state in ('unknown', 'verifying') then json_build_object('what', 'look', 'due_at', readback.utc(coalesce(d.due_at, d.lease_until)))
    when d.state = 'held' and d.reason in ('after', 'order') then json_build_object('what', d.reason, 'due_at', null)
    else json_build_object('what', 'person', 'due_at', null)
  end as next,
  coalesce(s.committed_at, o.created_at) as committed_at,
  s.settled_at
from readback.effect_key k
left join readback.outbox o on o.entry_id = k.entry_id
left join readback.delivery d on d.entry_id = k.entry_id
left join readback.settlement s on s.entry_id = k.entry_id;

create or replace function readback.status(tenant text, effect text, key text) returns json
  language plpgsql stable set plan_cache_mode = force_generic_plan set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return coalesce(
      (select json_build_object('tenant', e.tenant, 'effect_name', e.effect_name, 'key', e.key, 'status', e.status, 'state', e.state,
         'cause', e.cause, 'entry_id', e.entry_id, 'attempts', e.attempts, 'receipt', e.receipt,
         'history', (select json_agg(jsonb_build_object('at', readback.utc(t.at), 'what', t.what) || t.detail::jsonb)
                     from readback.timeline(e.entry_id) t),
         'next', e.next, 'held_by', case e.state when 'held' then readback.held_by(e.entry_id) end)
       from readback.effect e
       where e.tenant = status.tenant and e.effect_name = status.effect and e.key = status.key),
      json_build_object('tenant', status.tenant, 'effect_name', status.effect, 'key', status.key, 'status', 'not_started', 'state', null,
        'cause', null, 'entry_id', null, 'attempts', 0, 'receipt', null, 'history', json_build_array(), 'next', null, 'held_by', null));
end $$;

revoke execute on function readback.waits_for, readback.waits_for_person, readback.status_of(text, text, uuid), readback.held_by from public;
-- A view's functions run with the rights of whoever asks.
grant execute on function readback.waits_for_person, readback.status_of(text, text, uuid), readback.held_by
  to readback_reader, readback_relay, readback_worker, readback_verifier, readback_operator;

-- Who puts an entry back into its place in an order keeps producers of the key out, as they keep out each other.
grant execute on function readback.take_ordering_key to readback_operator;
