-- "Has this been done?", from the key alone (Q1): the same answer in SQL, on the command line and over HTTP.

-- What is asked again and again is in plpgsql, with a generic plan: planning over all partitions then happens once a session,
-- and costs ten times what the answer does.
create function readback.state_of(entry_id uuid) returns text
  language plpgsql stable set plan_cache_mode = force_generic_plan set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return coalesce(
    (select s.state from readback.settlement s where s.entry_id = state_of.entry_id),
    (select d.state from readback.delivery d where d.entry_id = state_of.entry_id),
    'pending');
end $$;

-- Times inside of JSON, alike in every session: RFC 3339 in UTC.
create function readback.utc(at timestamptz) returns text
  language sql stable parallel safe as $$
    select to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  $$;

-- The one word that everybody is told, of a state and the reason for which it waits.
create function readback.status_of(state text, reason text) returns text
  language sql immutable parallel safe as $$
    select case
      when state in ('done', 'acknowledged') then state
      when state in ('cancelled', 'expired', 'discarded') then 'cancelled'
      when state = 'dead' or (state = 'held' and reason = 'approval') then 'needs_attention'
      else 'in_progress'
    end
  $$;

create view readback.effect as
select
  k.tenant,
  k.effect as effect_name,
  k.key,
  readback.status_of(coalesce(s.state, d.state, 'pending'), d.reason) as status,
  coalesce(s.state, d.state, 'pending') as state,
  coalesce(s.cause, d.cause, d.reason) as cause,
  k.entry_id,
  coalesce(s.attempts, d.attempts, 0) as attempts,
  case when s.verdict is not null then json_build_object(
    'verdict', s.verdict, 'external_id', s.external_id, 'observed_at', readback.utc(s.observed_at),
    'evidence', s.evidence, 'contract_version', s.contract_version) end as receipt,
  case
    when s.state is not null then null
    when d.state is null then json_build_object('what', 'call', 'due_at', readback.utc(o.not_before))
    when d.state = 'scheduled' then json_build_object('what', 'call', 'due_at', readback.utc(d.due_at))
    when d.state = 'calling' then json_build_object('what', 'outcome', 'due_at', readback.utc(d.lease_until))
    when d.state in ('unknown', 'verifying') then json_build_object('what', 'look', 'due_at', readback.utc(coalesce(d.due_at, d.lease_until)))
    else json_build_object('what', 'person', 'due_at', null)
  end as next,
  coalesce(s.committed_at, o.created_at) as committed_at,
  s.settled_at
from readback.effect_key k
left join readback.outbox o on o.entry_id = k.entry_id
left join readback.delivery d on d.entry_id = k.entry_id
left join readback.settlement s on s.entry_id = k.entry_id;

-- What has happened to one entry, oldest first. It settles last, though the look that settled it is written after that.
create function readback.timeline(entry_id uuid) returns table (at timestamptz, what text, detail json)
  language plpgsql stable security definer set plan_cache_mode = force_generic_plan set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    with event (at, place, what, detail) as (
      select o.created_at, 0, 'committed', json_build_object('actor', o.actor, 'contract_version', o.effect_version,
        'not_before', readback.utc(o.not_before))
      from readback.outbox o where o.entry_id = timeline.entry_id
      union all
      -- Somebody in a loop may repeat it without end; the last hundred tell as much.
      (select r.at, 1, 'enqueued_again', json_build_object('actor', r.actor)
       from readback.enqueue_repeat r where r.entry_id = timeline.entry_id order by r.at desc limit 100)
      union all
      select a.ended_at, 2, a.kind, json_build_object('result', a.result, 'cause', a.cause, 'status', a.status,
        'started_at', readback.utc(a.started_at), 'fence', a.fence, 'evidence', a.evidence)
      from readback.every_attempt a where a.entry_id = timeline.entry_id
      union all
      select e.at, 3, e.action, json_build_object('actor', e.actor, 'reason', e.reason)
      from readback.audit_event e where e.subject -> 'entries' ? timeline.entry_id::text
      union all
      select greatest(s.settled_at, (select max(a.ended_at) from readback.attempt a where a.entry_id = s.entry_id)), 4, s.state,
        json_build_object('verdict', s.verdict, 'external_id', s.external_id, 'cause', s.cause)
      from readback.settlement s where s.entry_id = timeline.entry_id
    )
    select at, what, detail from event order by at, place;
end $$;

-- All of it in one object, also for a key that nobody has used: what every program is answered, in every language.
create function readback.status(tenant text, effect text, key text) returns json
  language plpgsql stable set plan_cache_mode = force_generic_plan set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return coalesce(
      (select json_build_object('tenant', e.tenant, 'effect_name', e.effect_name, 'key', e.key, 'status', e.status, 'state', e.state,
         'cause', e.cause, 'entry_id', e.entry_id, 'attempts', e.attempts, 'receipt', e.receipt,
         'history', (select json_agg(jsonb_build_object('at', readback.utc(t.at), 'what', t.what) || t.detail::jsonb)
                     from readback.timeline(e.entry_id) t),
         'next', e.next)
       from readback.effect e
       where e.tenant = status.tenant and e.effect_name = status.effect and e.key = status.key),
      json_build_object('tenant', status.tenant, 'effect_name', status.effect, 'key', status.key, 'status', 'not_started', 'state', null,
        'cause', null, 'entry_id', null, 'attempts', 0, 'receipt', null, 'history', json_build_array(), 'next', null));
end $$;

-- The books (G2): committed = pending + live + settled, at any moment, by one snapshot.
create view readback.books as
select
  count(*) as committed,
  count(*) filter (where s.entry_id is null and d.entry_id is null) as pending,
  count(*) filter (where d.entry_id is not null and d.state <> 'dead') as live,
  count(*) filter (where d.state = 'dead') as dead,
  count(*) filter (where s.entry_id is not null) as settled,
  -- A key without its row, or an entry that is live and settled at once: neither can be, so each is counted as lost.
  (select count(*) from readback.effect_key k where k.expires_at > now()
     and not exists (select from readback.outbox x where x.entry_id = k.entry_id)
     and not exists (select from readback.settlement x where x.entry_id = k.entry_id))
  + count(*) filter (where s.entry_id is not null and d.entry_id is not null) as unaccounted
from readback.outbox o
left join readback.delivery d using (entry_id)
left join readback.settlement s using (entry_id);
