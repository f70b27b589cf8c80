-- What the roles and the operators need besides the entries.

-- How far the relay has read: everything visible in the snapshot was published. One row a shard; the lease elects its leader.
create table readback.relay_cursor (
  shard              smallint primary key,
  snapshot           pg_snapshot not null default '1:1:',
  -- Which server and timeline the snapshot belongs to.
  lineage            text,
  lease_owner        uuid,
  lease_until        timestamptz,
  -- Every entry below this id is known to be live or settled: where the search for lost ones starts.
  accounted_to       uuid not null default '00000000-0000-0000-0000-000000000000',
  moved_at           timestamptz not null default now()
) with (fillfactor = 50);

insert into readback.relay_cursor (shard) select generate_series(0, 7);

-- Same tenant and ordering key, same shard: order within a key never depends on two relays.
create function readback.shard_of(tenant text, ordering_key text) returns smallint
  language sql immutable parallel safe as $$
    select (hashtextextended(ordering_key, hashtextextended(tenant, 0)) & 7)::smallint
  $$;

-- Processes that hold leases. One that is not seen any more loses them at once, long before they run out.
create table readback.process (
  id          uuid primary key,
  role        text not null,
  host        text not null,
  started_at  timestamptz not null default now(),
  seen_at     timestamptz not null default now()
) with (fillfactor = 50);

-- Rate limits (GCRA): the time at which the subject's next call may start.
create table readback.limit_bucket (
  scope     text not null,
  subject   text not null,
  next_at   timestamptz not null,
  primary key (scope, subject)
) with (fillfactor = 50);

-- What operators did: append-only, each row bound to the one before by a hash.
create table readback.audit_event (
  seq              bigint primary key,
  at               timestamptz not null,
  actor            text not null,
  action           text not null,
  subject          jsonb not null,
  reason           text not null,
  before           jsonb,
  after            jsonb,
  idempotency_key  text unique,
  hash             bytea not null
);

-- "Who has touched this entry?", asked by every timeline.
create index audit_event_entries on readback.audit_event using gin ((subject -> 'entries'));

create function readback.audit_hash(previous bytea, e readback.audit_event) returns bytea
  language sql stable parallel safe as $$
    select sha256(coalesce(previous, ''::bytea) || convert_to(jsonb_build_array(e.seq, extract(epoch from e.at), e.actor, e.action, e.subject,
      e.reason, e.before, e.after, e.idempotency_key)::text, 'UTF8'))
  $$;

-- Appends to the chain. Waits for the appender before it, so the chain has one order.
create function readback.append_audit(actor text, action text, subject jsonb, reason text, before jsonb, after jsonb, idempotency_key text)
  returns bigint language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  last  readback.audit_event;
  event readback.audit_event;
begin
  perform pg_advisory_xact_lock(hashtext('readback.audit_event'));
  select * into last from readback.audit_event order by seq desc limit 1;
  event := row(coalesce(last.seq, 0) + 1, clock_timestamp(), append_audit.actor, append_audit.action, append_audit.subject,
    append_audit.reason, append_audit.before, append_audit.after, append_audit.idempotency_key, null);
  event.hash := readback.audit_hash(last.hash, event);
  insert into readback.audit_event select event.*;
  return event.seq;
end $$;

-- The first row whose hash does not follow from the one before it; none if the chain is whole.
create function readback.first_broken_audit() returns setof bigint
  language sql stable set search_path = pg_catalog, pg_temp as $$
    select chained.seq from (
      select e.seq, e.hash, readback.audit_hash(lag(e.hash) over (order by e.seq), e) as expected,
             e.seq - coalesce(lag(e.seq) over (order by e.seq), 0) as step
      from readback.audit_event e
    ) chained
    where chained.hash is distinct from chained.expected or chained.step <> 1
    order by chained.seq limit 1
  $$;

-- Bulk operator actions that run over many entries.
create table readback.replay_job (
  id          uuid primary key default readback.new_entry_id(),
  filter      jsonb not null,
  reason      text not null,
  actor       text not null,
  state       text not null default 'running' check (state in ('running', 'paused', 'completed', 'cancelled', 'stopped')),
  plan_hash   text not null,
  created_at  timestamptz not null default now(),
  ended_at    timestamptz
);

create table readback.replay_item (
  job_id    uuid not null references readback.replay_job,
  entry_id  uuid not null,
  result    text check (result in ('sent', 'landed', 'skipped', 'failed')),
  primary key (job_id, entry_id)
);

-- The server and its timeline: another one after a restore or a failover, and then snapshots of the old one mean nothing.
create function readback.lineage() returns text
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    select system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) from pg_control_system()
  $$;

-- Since when a transaction of this database has been writing; now() if none is. For the search for lost entries.
create function readback.oldest_open_writer() returns timestamptz
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(min(xact_start), now()) from pg_stat_activity where datname = current_database() and backend_xid is not null
  $$;
