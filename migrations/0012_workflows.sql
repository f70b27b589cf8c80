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
