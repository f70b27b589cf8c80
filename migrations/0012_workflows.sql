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
             case when o.ordered then coalesce(o.ordering_key, o.key) end as sequence,
             coalesce(s.state, d.state, 'pending') as state, coalesce(s.cause, d.cause, d.reason) as cause,
             readback.status_of(coalesce(s.state, d.state, 'pending'), d.reason) as status,
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
      select j.*, needed.names as needs, blocked.names as held_by
      from (select * from judged order by position limit shown_max) j
      left join lateral (
        select json_agg(json_build_object('tenant', o.tenant, 'effect_name', o.effect, 'key', o.key, 'entry_id', o.entry_id) order by o.position) as names
        from readback.outbox o where o.entry_id = any (j.after)
      ) needed on j.after is not null
      left join lateral (
        select json_agg(json_build_object('tenant', o.tenant, 'effect_name', o.effect, 'key', o.key, 'entry_id', o.entry_id,
          'state', coalesce(s.state, d.state, 'pending'), 'cause', coalesce(s.cause, d.cause, d.reason)) order by o.position) as names
        from (
          select unnest(j.after) as id
          union
          -- Of an order, the one right before it.
          (select q.entry_id from readback.ordering_queue q
           where q.tenant = j.tenant and q.ordering_key = j.sequence and q.position < j.position
             and exists (select from readback.ordering_queue own where own.entry_id = j.entry_id)
           order by q.position desc limit 1)
        ) blocker
        join readback.outbox o on o.entry_id = blocker.id
        left join readback.delivery d on d.entry_id = blocker.id
        left join readback.settlement s on s.entry_id = blocker.id
        where s.state is distinct from 'done'
      ) blocked on (j.after is not null or j.sequence is not null) and j.state in ('pending', 'scheduled', 'held')
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
