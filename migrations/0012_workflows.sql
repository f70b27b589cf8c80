-- What undoes an entry is an entry itself; and by a workflow's name, anyone can ask what has happened and what is left (P4).

-- "What undoes this one?"
create index outbox_compensates on readback.outbox (compensates) where compensates is not null;

-- Kept from the row under way, because what undoes the effect may need it.
alter table readback.settlement add column prepared json;

/*
 * Enqueues what undoes an entry: of its tenant, in its workflow, and known as its compensation. `noop` where the same was enqueued
 * before. Raises what readback.enqueue raises; RB001 also where the key is taken by an intent that undoes something else.
 */
create function readback.enqueue_compensation(compensates uuid, effect text, key text, payload json, after json, actor text)
  returns setof readback.enqueued
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  original record;
  made     readback.enqueued;
begin
  select o.tenant, o.workflow into original from readback.outbox o where o.entry_id = enqueue_compensation.compensates;
  if not found or readback.state_of(enqueue_compensation.compensates) not in ('done', 'acknowledged') then
    raise exception using errcode = 'object_not_in_prerequisite_state',
      message = format('readback: entry %s is not done, so there is nothing to undo', enqueue_compensation.compensates);
  end if;
  select * into made from readback.enqueue(tenant => original.tenant, effect => enqueue_compensation.effect, key => enqueue_compensation.key,
    payload => enqueue_compensation.payload, workflow => original.workflow, actor => enqueue_compensation.actor,
    after => enqueue_compensation.after);
  if made.effect = 'created' then
    -- Nobody else can see the row yet: it is still written once.
    update readback.outbox o set compensates = enqueue_compensation.compensates where o.entry_id = made.entry_id;
  elsif not exists (select from readback.outbox o
                    where o.entry_id = made.entry_id and o.compensates = enqueue_compensation.compensates) then
    raise exception using errcode = 'RB001',
      message = format('readback: key %s of effect %s is taken by an intent that does not undo entry %s', enqueue_compensation.key,
        enqueue_compensation.effect, enqueue_compensation.compensates),
      detail = format('entry %s', made.entry_id), hint = 'Keys that begin with undo/ are those of compensations: use others.';
  end if;
  return next made;
end $$;

revoke execute on function readback.enqueue_compensation from public;
grant execute on function readback.enqueue_compensation to readback_operator;

/*
 * What has happened of a workflow, what is left, and what holds it. The one word for all of it:
 *   not_started      nothing was committed under this name
 *   needs_attention  one of its entries does
 *   in_progress      else, one of its entries is
 *   done             all has happened, and was seen; acknowledged, where some of it could not be
 *   cancelled        it has ended without all of its effects: some never happened, or were undone
 */
create function readback.workflow_status(tenant text, workflow text) returns json
  language plpgsql stable security definer set plan_cache_mode = force_generic_plan set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  shown_max constant int := 1000;
begin
  return (
    with member as materialized (
      select o.entry_id, o.position, o.tenant, o.effect, o.key, o.after, o.compensates,
             coalesce(s.state, d.state, 'pending') as state, coalesce(s.cause, d.cause, d.reason) as cause,
             readback.status_of(coalesce(s.state, d.state, 'pending'), d.reason, o.entry_id) as status,
             coalesce(s.external_id, d.external_id) as external_id
      from readback.outbox o
      left join readback.delivery d on d.entry_id = o.entry_id
      left join readback.settlement s on s.entry_id = o.entry_id
      where o.tenant = workflow_status.tenant and o.workflow = workflow_status.workflow
    ),
    -- A compensation is of the same workflow as what it undoes.
    judged as materialized (
      select m.*, undoing.entry_id as compensated_by, coalesce(undoing.status in ('done', 'acknowledged'), false) as undone
      from member m
      left join member undoing on undoing.compensates = m.entry_id
    ),
    counted as (
      select count(*) as total,
             count(*) filter (where status = 'done') as done, count(*) filter (where status = 'acknowledged') as acknowledged,
             count(*) filter (where status = 'in_progress') as in_progress,
             count(*) filter (where status = 'needs_attention') as needs_attention,
             count(*) filter (where status = 'cancelled') as cancelled, count(*) filter (where undone) as undone,
             coalesce(bool_and(not undone and status in ('done', 'acknowledged')) filter (where compensates is null), false) as stands
      from judged
    ),
    shown as materialized (
      select j.*, needed.names as needs,
             case j.state
               when 'held' then readback.held_by(j.entry_id)
               -- Not claimed yet, it is held by nobody, and will be by these.
               when 'pending' then needed.not_done
             end as held_by
      from (select * from judged order by position limit shown_max) j
      left join lateral (
        select json_agg(json_build_object('tenant', o.tenant, 'effect_name', o.effect, 'key', o.key, 'entry_id', o.entry_id)
                        order by o.position) as names,
               json_agg(json_build_object('tenant', o.tenant, 'effect_name', o.effect, 'key', o.key, 'entry_id', o.entry_id,
                          'state', coalesce(s.state, d.state, 'pending'), 'cause', coalesce(s.cause, d.cause, d.reason)) order by o.position)
                 filter (where s.state is distinct from 'done') as not_done
        from readback.outbox o
        left join readback.delivery d on d.entry_id = o.entry_id
        left join readback.settlement s on s.entry_id = o.entry_id
        where o.entry_id = any (j.after)
      ) needed on j.after is not null
    )
    select json_build_object('tenant', workflow_status.tenant, 'workflow', workflow_status.workflow,
      'status', case when total = 0 then 'not_started' when needs_attention > 0 then 'needs_attention' when in_progress > 0 then 'in_progress'
                     when not stands then 'cancelled' when acknowledged > 0 then 'acknowledged' else 'done' end,
      'counts', json_build_object('total', total, 'done', done, 'acknowledged', acknowledged, 'in_progress', in_progress,
        'needs_attention', needs_attention, 'cancelled', cancelled, 'undone', undone),
      'entries', (select coalesce(json_agg(json_build_object('effect_name', effect, 'key', key, 'entry_id', entry_id, 'status', status,
          'state', state, 'cause', cause, 'external_id', external_id, 'after', coalesce(needs, '[]'), 'compensates', compensates,
          'compensated_by', compensated_by, 'held_by', coalesce(held_by, '[]')) order by position), '[]') from shown),
      'left', (select coalesce(json_agg(json_build_object('effect_name', effect, 'key', key, 'entry_id', entry_id, 'status', status,
          'state', state, 'cause', cause) order by position), '[]') from shown where status in ('in_progress', 'needs_attention')),
      'held', (select coalesce(json_agg(json_build_object('effect_name', effect, 'key', key, 'entry_id', entry_id, 'held_by', held_by)
          order by position), '[]') from shown where held_by is not null),
      'omitted', greatest(total - shown_max, 0))
    from counted);
end $$;

revoke execute on function readback.workflow_status from public;
grant execute on function readback.workflow_status to readback_reader, readback_relay, readback_worker, readback_verifier, readback_operator;

-- "What undoes this one?", of one entry.
create function readback.compensated_by(entry_id uuid) returns uuid
  language plpgsql stable security definer set plan_cache_mode = force_generic_plan set search_path = pg_catalog, pg_temp as $$
begin
  return (select o.entry_id from readback.outbox o where o.compensates = compensated_by.entry_id order by o.position desc limit 1);
end $$;

revoke execute on function readback.compensated_by from public;
-- A view's functions run with the rights of whoever asks.
grant execute on function readback.compensated_by
  to readback_reader, readback_relay, readback_worker, readback_verifier, readback_operator;

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
  s.settled_at,
  o.compensates,
  readback.compensated_by(k.entry_id) as compensated_by
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
         'next', e.next, 'held_by', case e.state when 'held' then readback.held_by(e.entry_id) end,
         'compensates', e.compensates, 'compensated_by', e.compensated_by)
       from readback.effect e
       where e.tenant = status.tenant and e.effect_name = status.effect and e.key = status.key),
      json_build_object('tenant', status.tenant, 'effect_name', status.effect, 'key', status.key, 'status', 'not_started', 'state', null,
        'cause', null, 'entry_id', null, 'attempts', 0, 'receipt', null, 'history', json_build_array(), 'next', null, 'held_by', null,
        'compensates', null, 'compensated_by', null));
end $$;

-- What has happened to one entry, oldest first. It settles last, though the look that settled it is written after that.
create or replace function readback.timeline(entry_id uuid) returns table (at timestamptz, what text, detail json)
  language plpgsql stable security definer set plan_cache_mode = force_generic_plan set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    with event (at, place, what, detail) as (
      select o.created_at, 0, 'committed', json_build_object('actor', o.actor, 'contract_version', o.effect_version,
        'not_before', readback.utc(o.not_before), 'compensates', o.compensates)
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
      select o.created_at, 3, 'compensated', json_build_object('by', o.entry_id, 'effect_name', o.effect, 'key', o.key)
      from readback.outbox o where o.compensates = timeline.entry_id
      union all
      select e.at, 4, e.action, json_build_object('actor', e.actor, 'reason', e.reason)
      from readback.audit_event e where e.subject -> 'entries' ? timeline.entry_id::text
      union all
      select greatest(s.settled_at, (select max(a.ended_at) from readback.attempt a where a.entry_id = s.entry_id)), 5, s.state,
        json_build_object('verdict', s.verdict, 'external_id', s.external_id, 'cause', s.cause)
      from readback.settlement s where s.entry_id = timeline.entry_id
    )
    select at, what, detail from event order by at, place;
end $$;
