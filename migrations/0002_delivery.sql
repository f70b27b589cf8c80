-- What happens to an intent: live rows while it is under way, append-only rows for what was tried and how it ended.

-- The only table whose rows change. A row is there from the first claim to the settlement; each write names the state
-- and the fence it expects.
create table readback.delivery (
  entry_id         uuid primary key,
  shard            smallint not null,
  tenant           text not null,
  effect           text not null,
  state            text not null check (state in ('scheduled', 'held', 'calling', 'unknown', 'verifying', 'dead')),
  fence            bigint not null default 1,
  attempts         int not null default 0,
  answered_calls   int not null default 0,
  looks            int not null default 0,
  absences         int not null default 0,
  misses           int not null default 0,
  seen_present     boolean not null default false,
  lease_owner      uuid,
  lease_until      timestamptz,
  due_at           timestamptz,
  reason           text,
  cause            text,
  last_outcome     text check (last_outcome in ('success', 'validation_failure', 'permission_denied', 'retryable_failure', 'side_effect_unknown')),
  last_means       text,
  external_id      text,
  first_called_at  timestamptz,
  -- From when on no call of ours can still be under way: the end of the last call, or its deadline while nobody has seen it end.
  quiet_from       timestamptz,
  unknown_since    timestamptz,
  -- What the contract's deadline counts from: the commit, or the last replay.
  retry_from       timestamptz not null,
  -- A row that was due the moment it was written (due_at = updated_at) was handed over directly by its writer.
  updated_at       timestamptz not null default now(),

  -- Each group of columns exists exactly in the states that own it.
  constraint lease_is_whole check ((lease_owner is null) = (lease_until is null)),
  constraint lease_by_state check (case state when 'calling' then lease_owner is not null when 'verifying' then true else lease_owner is null end),
  constraint due_by_state check (case state when 'verifying' then (due_at is null) = (lease_owner is not null)
                                            else (due_at is not null) = (state in ('scheduled', 'unknown')) end),
  constraint reason_by_state check ((reason is not null) = (state in ('scheduled', 'held'))),
  constraint cause_by_state check ((cause is not null) = (state = 'dead')),
  constraint unknown_has_since check (state <> 'unknown' or unknown_since is not null)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);

-- When the relay must look at a row again: it is due, or its lease has run out.
create index delivery_wake on readback.delivery (coalesce(due_at, lease_until)) where coalesce(due_at, lease_until) is not null;
create index delivery_calling on readback.delivery (effect, tenant) where state = 'calling';
create index delivery_dead on readback.delivery (effect, cause, entry_id) where state = 'dead';

-- One row a finished call or look that did not settle its entry. The fence numbers both.
create table readback.attempt (
  entry_id    uuid not null,
  fence       bigint not null,
  kind        text not null check (kind in ('call', 'look')),
  result      text not null,
  cause       text,
  status      int,
  evidence    json,
  owner       uuid,
  started_at  timestamptz not null,
  ended_at    timestamptz not null default clock_timestamp(),
  primary key (entry_id, fence)
) partition by range (entry_id);

-- How an entry ended, with the receipt, and with the last call and look: rows of their own for them would cost as much as all
-- the rest. Each is in readback.every_attempt, wherever it is kept.
create table readback.settlement (
  entry_id          uuid not null primary key,
  tenant            text not null,
  effect            text not null,
  state             text not null check (state in ('done', 'acknowledged', 'cancelled', 'expired', 'discarded')),
  verdict           text,
  evidence          json,
  external_id       text,
  contract_version  int not null,
  attempts          int not null,
  fence             bigint not null,
  cause             text,
  -- The process that saw it end.
  owner             uuid,
  -- The call of which nothing was written before: that of an acknowledged entry, or the one right before the look.
  call_outcome      text,
  call_cause        text,
  call_evidence     json,
  call_began_at     timestamptz,
  committed_at      timestamptz not null,
  observed_at       timestamptz,
  settled_at        timestamptz not null default clock_timestamp(),
  -- Only a read-back makes an entry done (R1).
  constraint done_was_seen check (state <> 'done' or (verdict = 'present' and observed_at is not null))
) partition by range (entry_id);

create view readback.every_attempt as
  select entry_id, fence, kind, result, cause, status, evidence, owner, started_at, ended_at from readback.attempt
  union all
  select entry_id, fence - (verdict is not null)::int, 'call', call_outcome, call_cause, (call_evidence ->> 'status')::int, call_evidence,
         owner, call_began_at, coalesce(observed_at, settled_at)
  from readback.settlement where call_outcome is not null
  union all
  select entry_id, fence, 'look', verdict, null, (evidence ->> 'status')::int, evidence, owner, observed_at, settled_at
  from readback.settlement where verdict is not null;

-- Makes the weekly partitions from `since` until `until`; safe to repeat, made ahead by the relay, which owns no table.
create function readback.ensure_partitions(since timestamptz, until timestamptz) returns int
  language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  week  timestamptz := date_trunc('week', since at time zone 'utc') at time zone 'utc';
  parent text;
  child  text;
  made   int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('readback.ensure_partitions'));
  while week < until loop
    foreach parent in array array['outbox', 'attempt', 'settlement'] loop
      child := format('%s_%s', parent, to_char(week at time zone 'utc', 'YYYYMMDD'));
      if to_regclass('readback.' || child) is null then
        execute format('create table readback.%I (like readback.%I including defaults including constraints)', child, parent);
        execute format('alter table readback.%I attach partition readback.%I for values from (%L) to (%L)', parent, child,
          readback.entry_id_floor(week), readback.entry_id_floor(week + interval '7 days'));
        made := made + 1;
      end if;
    end loop;
    week := week + interval '7 days';
  end loop;
  return made;
end $$;

-- The net below the weekly ones: an intent is never refused because nobody made its partition.
create table readback.outbox_default partition of readback.outbox default;
create table readback.attempt_default partition of readback.attempt default;
create table readback.settlement_default partition of readback.settlement default;

select readback.ensure_partitions(now() - interval '7 days', now() + interval '8 weeks');
