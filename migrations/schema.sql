-- Generated from a migrated database: what the numbered files next to this one lead to. Not to be edited.

-- Types

create type readback.enqueued as (entry_id uuid, effect text, state text);

-- Sequences

create sequence readback.outbox_position as bigint;

-- Tables

create table readback.attempt (
  entry_id uuid not null,
  fence bigint not null,
  kind text not null,
  result text not null,
  cause text,
  status integer,
  evidence json,
  owner uuid,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone default clock_timestamp() not null,
  constraint attempt_kind_check CHECK ((kind = ANY (ARRAY['call'::text, 'look'::text]))),
  constraint attempt_pkey PRIMARY KEY (entry_id, fence)
) partition by RANGE (entry_id);

create table readback.audit_event (
  seq bigint not null,
  at timestamp with time zone not null,
  actor text not null,
  action text not null,
  subject jsonb not null,
  reason text not null,
  before jsonb,
  after jsonb,
  idempotency_key text,
  hash bytea not null,
  constraint audit_event_idempotency_key_key UNIQUE (idempotency_key),
  constraint audit_event_pkey PRIMARY KEY (seq)
);

create table readback.blocker (
  entry_id uuid not null,
  blocker_id uuid not null,
  ended boolean default false not null,
  constraint blocker_pkey PRIMARY KEY (entry_id, blocker_id)
) with (fillfactor=90, autovacuum_vacuum_scale_factor=0.05, autovacuum_vacuum_threshold=1000);

create table readback.book_page (
  upto uuid not null,
  since uuid not null,
  committed bigint,
  settled bigint,
  single boolean default false not null,
  cut_at timestamp with time zone default now() not null,
  checked_at timestamp with time zone,
  closed_at timestamp with time zone,
  constraint book_page_pkey PRIMARY KEY (upto),
  constraint closed_is_balanced CHECK (((closed_at IS NULL) OR ((committed IS NOT NULL) AND (committed = settled))))
);

create table readback.contract (
  effect text not null,
  version integer not null,
  hash text not null,
  document json not null,
  key_retention interval not null,
  deployed_at timestamp with time zone default now() not null,
  ordering text default 'none'::text not null,
  constraint contract_ordering_check CHECK ((ordering = ANY (ARRAY['none'::text, 'per_key'::text]))),
  constraint contract_pkey PRIMARY KEY (effect, version),
  constraint contract_version_check CHECK ((version > 0))
);

create table readback.delivery (
  entry_id uuid not null,
  shard smallint not null,
  tenant text not null,
  effect text not null,
  state text not null,
  fence bigint default 1 not null,
  attempts integer default 0 not null,
  answered_calls integer default 0 not null,
  looks integer default 0 not null,
  absences integer default 0 not null,
  misses integer default 0 not null,
  seen_present boolean default false not null,
  lease_owner uuid,
  lease_until timestamp with time zone,
  due_at timestamp with time zone,
  reason text,
  cause text,
  last_outcome text,
  last_means text,
  external_id text,
  first_called_at timestamp with time zone,
  quiet_from timestamp with time zone,
  unknown_since timestamp with time zone,
  retry_from timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  prepared json,
  expires_at timestamp with time zone,
  queued_at timestamp with time zone,
  constraint cause_by_state CHECK (((cause IS NOT NULL) = (state = 'dead'::text))),
  constraint delivery_last_outcome_check CHECK ((last_outcome = ANY (ARRAY['success'::text, 'validation_failure'::text, 'permission_denied'::text, 'retryable_failure'::text, 'side_effect_unknown'::text]))),
  constraint delivery_pkey PRIMARY KEY (entry_id),
  constraint delivery_state_check CHECK ((state = ANY (ARRAY['scheduled'::text, 'held'::text, 'calling'::text, 'unknown'::text, 'verifying'::text, 'dead'::text]))),
  constraint due_by_state CHECK (
CASE state
    WHEN 'verifying'::text THEN ((due_at IS NULL) = (lease_owner IS NOT NULL))
    ELSE ((due_at IS NOT NULL) = (state = ANY (ARRAY['scheduled'::text, 'unknown'::text])))
END),
  constraint lease_by_state CHECK (
CASE state
    WHEN 'calling'::text THEN (lease_owner IS NOT NULL)
    WHEN 'verifying'::text THEN true
    ELSE (lease_owner IS NULL)
END),
  constraint lease_is_whole CHECK (((lease_owner IS NULL) = (lease_until IS NULL))),
  constraint prepared_is_an_object CHECK ((json_typeof(prepared) = 'object'::text)),
  constraint reason_by_state CHECK (((reason IS NOT NULL) = (state = ANY (ARRAY['scheduled'::text, 'held'::text])))),
  constraint unknown_has_since CHECK (((state <> 'unknown'::text) OR (unknown_since IS NOT NULL)))
) with (fillfactor=80, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=2000);

create table readback.effect_key (
  tenant text not null,
  effect text not null,
  key text not null,
  entry_id uuid not null,
  fingerprint bytea not null,
  expires_at timestamp with time zone not null,
  constraint effect_key_pkey PRIMARY KEY (tenant, effect, key)
) partition by HASH (tenant, effect, key);

create table readback.enqueue_repeat (
  entry_id uuid not null,
  at timestamp with time zone default clock_timestamp() not null,
  actor text
);

create table readback.key_walk (
  part smallint not null,
  next_block bigint default 0 not null,
  walked_at timestamp with time zone default '-infinity'::timestamp with time zone not null,
  constraint key_walk_pkey PRIMARY KEY (part)
);

create table readback.limit_bucket (
  scope text not null,
  subject text not null,
  next_at timestamp with time zone not null,
  line_until timestamp with time zone default '-infinity'::timestamp with time zone not null,
  constraint limit_bucket_pkey PRIMARY KEY (scope, subject)
) with (fillfactor=50);

create table readback.ordering_queue (
  entry_id uuid not null,
  tenant text not null,
  ordering_key text not null,
  "position" bigint not null,
  constraint ordering_queue_pkey PRIMARY KEY (entry_id)
) with (fillfactor=90, autovacuum_vacuum_scale_factor=0.05, autovacuum_vacuum_threshold=1000);

create table readback.outbox (
  entry_id uuid not null,
  "position" bigint default nextval('readback.outbox_position'::regclass) not null,
  xid xid8 default pg_current_xact_id() not null,
  shard smallint not null,
  tenant text not null,
  effect text not null,
  effect_version integer not null,
  key text not null,
  fingerprint bytea not null,
  payload json not null,
  ordering_key text,
  workflow text,
  after uuid[],
  actor text,
  not_before timestamp with time zone,
  expires_at timestamp with time zone,
  traceparent text,
  created_at timestamp with time zone default now() not null,
  ordered boolean default false not null,
  priority smallint default 0 not null,
  compensates uuid,
  constraint outbox_pkey PRIMARY KEY (entry_id)
) partition by RANGE (entry_id);

create table readback.process (
  id uuid not null,
  role text not null,
  host text not null,
  started_at timestamp with time zone default now() not null,
  seen_at timestamp with time zone default now() not null,
  constraint process_pkey PRIMARY KEY (id)
) with (fillfactor=50);

create table readback.relay_cursor (
  shard smallint not null,
  snapshot pg_snapshot default '1:1:'::pg_snapshot not null,
  lineage text,
  lease_owner uuid,
  lease_until timestamp with time zone,
  accounted_to uuid default '00000000-0000-0000-0000-000000000000'::uuid not null,
  moved_at timestamp with time zone default now() not null,
  constraint relay_cursor_pkey PRIMARY KEY (shard)
) with (fillfactor=50);

create table readback.replay_item (
  job_id uuid not null,
  entry_id uuid not null,
  result text,
  constraint replay_item_job_id_fkey FOREIGN KEY (job_id) REFERENCES readback.replay_job(id),
  constraint replay_item_pkey PRIMARY KEY (job_id, entry_id),
  constraint replay_item_result_check CHECK ((result = ANY (ARRAY['sent'::text, 'landed'::text, 'skipped'::text, 'failed'::text])))
);

create table readback.replay_job (
  id uuid default readback.new_entry_id() not null,
  filter jsonb not null,
  reason text not null,
  actor text not null,
  state text default 'running'::text not null,
  plan_hash text not null,
  created_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone,
  constraint replay_job_pkey PRIMARY KEY (id),
  constraint replay_job_state_check CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'completed'::text, 'cancelled'::text, 'stopped'::text])))
);

create table readback.retry_budget (
  destination text not null,
  tokens double precision not null,
  filled_at timestamp with time zone not null,
  asked_until timestamp with time zone not null,
  constraint retry_budget_pkey PRIMARY KEY (destination)
) with (fillfactor=50);

create table readback.settlement (
  entry_id uuid not null,
  tenant text not null,
  effect text not null,
  state text not null,
  verdict text,
  evidence json,
  external_id text,
  contract_version integer not null,
  attempts integer not null,
  fence bigint not null,
  cause text,
  owner uuid,
  call_outcome text,
  call_cause text,
  call_evidence json,
  call_began_at timestamp with time zone,
  committed_at timestamp with time zone not null,
  observed_at timestamp with time zone,
  settled_at timestamp with time zone default clock_timestamp() not null,
  kept json,
  prepared json,
  constraint done_was_seen CHECK (((state <> 'done'::text) OR ((verdict = 'present'::text) AND (observed_at IS NOT NULL)))),
  constraint settlement_pkey PRIMARY KEY (entry_id),
  constraint settlement_state_check CHECK ((state = ANY (ARRAY['done'::text, 'acknowledged'::text, 'cancelled'::text, 'expired'::text, 'discarded'::text])))
) partition by RANGE (entry_id);

-- Partitions; those of single weeks are made as time goes by

create table readback.attempt_default partition of readback.attempt DEFAULT;
create table readback.effect_key_0 partition of readback.effect_key FOR VALUES WITH (modulus 8, remainder 0);
create table readback.effect_key_1 partition of readback.effect_key FOR VALUES WITH (modulus 8, remainder 1);
create table readback.effect_key_2 partition of readback.effect_key FOR VALUES WITH (modulus 8, remainder 2);
create table readback.effect_key_3 partition of readback.effect_key FOR VALUES WITH (modulus 8, remainder 3);
create table readback.effect_key_4 partition of readback.effect_key FOR VALUES WITH (modulus 8, remainder 4);
create table readback.effect_key_5 partition of readback.effect_key FOR VALUES WITH (modulus 8, remainder 5);
create table readback.effect_key_6 partition of readback.effect_key FOR VALUES WITH (modulus 8, remainder 6);
create table readback.effect_key_7 partition of readback.effect_key FOR VALUES WITH (modulus 8, remainder 7);
create table readback.outbox_default partition of readback.outbox DEFAULT;
create table readback.settlement_default partition of readback.settlement DEFAULT;

-- Indexes besides those of the constraints

CREATE INDEX audit_event_entries ON readback.audit_event USING gin (((subject -> 'entries'::text)));
CREATE INDEX blocker_blocker ON readback.blocker USING btree (blocker_id);
CREATE INDEX blocker_ended ON readback.blocker USING btree (entry_id) WHERE ended;
CREATE INDEX book_page_open ON readback.book_page USING btree (upto) WHERE (closed_at IS NULL);
CREATE INDEX delivery_calling ON readback.delivery USING btree (effect, tenant) WHERE (state = 'calling'::text);
CREATE INDEX delivery_dead ON readback.delivery USING btree (effect, cause, entry_id) WHERE (state = 'dead'::text);
CREATE INDEX delivery_due ON readback.delivery USING btree (due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX delivery_expiring ON readback.delivery USING btree (expires_at) WHERE ((expires_at IS NOT NULL) AND (state = ANY (ARRAY['scheduled'::text, 'held'::text])));
CREATE INDEX delivery_external_id ON readback.delivery USING btree (effect, external_id, tenant) WHERE ((external_id IS NOT NULL) AND (state = ANY (ARRAY['unknown'::text, 'verifying'::text])));
CREATE INDEX delivery_leased ON readback.delivery USING btree (lease_until) WHERE (lease_until IS NOT NULL);
CREATE INDEX delivery_queued ON readback.delivery USING btree (effect, tenant, queued_at) WHERE ((state = 'scheduled'::text) AND (reason = 'concurrency'::text) AND (queued_at IS NOT NULL));
CREATE INDEX effect_key_entry ON ONLY readback.effect_key USING brin (entry_id) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX enqueue_repeat_entry ON readback.enqueue_repeat USING btree (entry_id);
CREATE INDEX ordering_queue_order ON readback.ordering_queue USING btree (tenant, ordering_key, "position");
CREATE INDEX outbox_compensates ON ONLY readback.outbox USING btree (compensates) WHERE (compensates IS NOT NULL);
CREATE INDEX outbox_workflow ON ONLY readback.outbox USING btree (tenant, workflow) WHERE (workflow IS NOT NULL);
CREATE INDEX outbox_xid ON ONLY readback.outbox USING btree (xid, "position");

-- Views

create view readback.books as
 WITH counted AS (
         SELECT c.committed,
            c.pending,
            c.live,
            c.dead,
            c.settled,
            c.unaccounted
           FROM ( SELECT p.since,
                    p.upto,
                    NOT p.single AS with_keys
                   FROM readback.book_page p
                  WHERE p.closed_at IS NULL
                UNION ALL
                 SELECT COALESCE(( SELECT p.upto
                           FROM readback.book_page p
                          ORDER BY p.upto DESC
                         LIMIT 1), '00000000-0000-0000-0000-000000000000'::uuid) AS "coalesce",
                    'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid,
                    true) uncounted
             CROSS JOIN LATERAL readback.count_entries(uncounted.since, uncounted.upto, uncounted.with_keys) c(committed, pending, live, dead, settled, unaccounted)
        UNION ALL
         SELECT p.committed,
            0,
            0,
            0,
            p.settled,
            0
           FROM readback.book_page p
          WHERE p.closed_at IS NOT NULL
        )
 SELECT sum(committed)::bigint AS committed,
    sum(pending)::bigint AS pending,
    sum(live)::bigint AS live,
    sum(dead)::bigint AS dead,
    sum(settled)::bigint AS settled,
    sum(unaccounted)::bigint AS unaccounted
   FROM counted;

create view readback.books_recounted as
 SELECT committed,
    pending,
    live,
    dead,
    settled,
    unaccounted
   FROM readback.count_entries('00000000-0000-0000-0000-000000000000'::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid, true) count_entries(committed, pending, live, dead, settled, unaccounted);

create view readback.effect as
 SELECT k.tenant,
    k.effect AS effect_name,
    k.key,
    readback.status_of(COALESCE(s.state, d.state, 'pending'::text), d.reason, k.entry_id) AS status,
    COALESCE(s.state, d.state, 'pending'::text) AS state,
    COALESCE(s.cause, d.cause, d.reason) AS cause,
    k.entry_id,
    COALESCE(s.attempts, d.attempts, 0) AS attempts,
        CASE
            WHEN s.verdict IS NOT NULL THEN json_build_object('verdict', s.verdict, 'external_id', s.external_id, 'observed_at', readback.utc(s.observed_at), 'evidence', s.evidence, 'contract_version', s.contract_version, 'kept', s.kept)
            ELSE NULL::json
        END AS receipt,
        CASE
            WHEN s.state IS NOT NULL THEN NULL::json
            WHEN d.state IS NULL THEN json_build_object('what', 'call', 'due_at', readback.utc(o.not_before))
            WHEN d.state = 'scheduled'::text THEN json_build_object('what', 'call', 'due_at', readback.utc(d.due_at))
            WHEN d.state = 'calling'::text THEN json_build_object('what', 'outcome', 'due_at', readback.utc(d.lease_until))
            WHEN d.state = ANY (ARRAY['unknown'::text, 'verifying'::text]) THEN json_build_object('what', 'look', 'due_at', readback.utc(COALESCE(d.due_at, d.lease_until)))
            WHEN d.state = 'held'::text AND (d.reason = ANY (ARRAY['after'::text, 'order'::text])) THEN json_build_object('what', d.reason, 'due_at', NULL::unknown)
            ELSE json_build_object('what', 'person', 'due_at', NULL::unknown)
        END AS next,
    COALESCE(s.committed_at, o.created_at) AS committed_at,
    s.settled_at,
    o.compensates,
    readback.compensated_by(k.entry_id) AS compensated_by
   FROM readback.effect_key k
     LEFT JOIN readback.outbox o ON o.entry_id = k.entry_id
     LEFT JOIN readback.delivery d ON d.entry_id = k.entry_id
     LEFT JOIN readback.settlement s ON s.entry_id = k.entry_id;

create view readback.every_attempt as
 SELECT attempt.entry_id,
    attempt.fence,
    attempt.kind,
    attempt.result,
    attempt.cause,
    attempt.status,
    attempt.evidence,
    attempt.owner,
    attempt.started_at,
    attempt.ended_at
   FROM readback.attempt
UNION ALL
 SELECT settlement.entry_id,
    settlement.fence - (settlement.verdict IS NOT NULL)::integer AS fence,
    'call'::text AS kind,
    settlement.call_outcome AS result,
    settlement.call_cause AS cause,
    (settlement.call_evidence ->> 'status'::text)::integer AS status,
    settlement.call_evidence AS evidence,
    settlement.owner,
    settlement.call_began_at AS started_at,
    COALESCE(settlement.observed_at, settlement.settled_at) AS ended_at
   FROM readback.settlement
  WHERE settlement.call_outcome IS NOT NULL
UNION ALL
 SELECT settlement.entry_id,
    settlement.fence,
    'look'::text AS kind,
    settlement.verdict AS result,
    NULL::text AS cause,
    (settlement.evidence ->> 'status'::text)::integer AS status,
    settlement.evidence,
    settlement.owner,
    settlement.observed_at AS started_at,
    settlement.settled_at AS ended_at
   FROM readback.settlement
  WHERE settlement.verdict IS NOT NULL;

-- Functions

CREATE OR REPLACE FUNCTION readback.answer_repeat(tenant text, effect text, key text, print bytea, waits uuid[], actor text)
 RETURNS SETOF readback.enqueued
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.append_audit(actor text, action text, subject jsonb, reason text, before jsonb, after jsonb, idempotency_key text)
 RETURNS bigint
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.audit_hash(previous bytea, e readback.audit_event)
 RETURNS bytea
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select sha256(coalesce(previous, ''::bytea) || convert_to(jsonb_build_array(e.seq, extract(epoch from e.at), e.actor, e.action, e.subject,
      e.reason, e.before, e.after, e.idempotency_key)::text, 'UTF8'))
  $function$;

CREATE OR REPLACE FUNCTION readback.await_intents(since pg_snapshot, made_from uuid, shards smallint[], most interval)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  ends constant timestamptz := clock_timestamp() + most;
  -- Each statement of a volatile function has a snapshot of its own.
  seen pg_snapshot := since;
begin
  loop
    -- As long as nothing that writes has ended, nothing has become visible.
    if pg_current_snapshot()::text <> seen::text then
      seen := pg_current_snapshot();
      perform from readback.outbox o
      where o.xid >= pg_snapshot_xmin(since) and o.xid < pg_snapshot_xmax(seen) and o.entry_id >= made_from and o.shard = any (shards)
        and not pg_visible_in_snapshot(o.xid, since) and pg_visible_in_snapshot(o.xid, seen)
      limit 1;
      exit when found;
    end if;
    exit when clock_timestamp() >= ends;
    -- It sleeps for whole milliseconds, until its time is over: for one of them here, and for two if one was asked for.
    perform pg_sleep(0.0005);
  end loop;
end $function$;

CREATE OR REPLACE FUNCTION readback.batch_depths(entries json)
 RETURNS TABLE(place bigint, depth integer)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.checked_fingerprint(tenant text, effect text, key text, payload json)
 RETURNS bytea
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.close_book_page(again_after interval)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  page  record;
  found_there record;
begin
  select p.upto, p.since into page
  from readback.book_page p
  where p.closed_at is null and (p.checked_at is null or p.checked_at < now() - again_after)
    -- What is live or dead keeps its page open; that is seen without counting it.
    and not exists (select from readback.delivery d where d.entry_id > p.since and d.entry_id <= p.upto)
  order by p.upto
  limit 1
  for update of p skip locked;
  if not found then
    return false;
  end if;
  found_there := readback.count_entries(page.since, page.upto, true);
  update readback.book_page p
  set checked_at = now(),
      (committed, settled, closed_at) = (
        select found_there.committed, found_there.settled, now()
        where found_there.settled = found_there.committed and found_there.unaccounted = 0)
  where p.upto = page.upto;
  return true;
end $function$;

CREATE OR REPLACE FUNCTION readback.compensated_by(entry_id uuid)
 RETURNS uuid
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET plan_cache_mode TO 'force_generic_plan'
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  return (select o.entry_id from readback.outbox o where o.compensates = compensated_by.entry_id order by o.position desc limit 1);
end $function$;

CREATE OR REPLACE FUNCTION readback.count_entries(since uuid, upto uuid, with_keys boolean, OUT committed bigint, OUT pending bigint, OUT live bigint, OUT dead bigint, OUT settled bigint, OUT unaccounted bigint)
 RETURNS record
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET plan_cache_mode TO 'force_custom_plan'
 SET enable_nestloop TO 'off'
 SET jit TO 'off'
AS $function$
declare
  lost bigint;
begin
  select count(*),
         count(*) filter (where s.entry_id is null and d.entry_id is null),
         count(*) filter (where d.entry_id is not null and d.state <> 'dead'),
         count(*) filter (where d.state = 'dead'),
         count(*) filter (where s.entry_id is not null),
         count(*) filter (where s.entry_id is not null and d.entry_id is not null)
  into committed, pending, live, dead, settled, unaccounted
  from (select x.entry_id from readback.outbox x where x.entry_id > since and x.entry_id <= upto) o
  left join (select x.entry_id, x.state from readback.delivery x where x.entry_id > since and x.entry_id <= upto) d using (entry_id)
  left join (select x.entry_id from readback.settlement x where x.entry_id > since and x.entry_id <= upto) s using (entry_id);
  -- A key without its row: that cannot be, so it is counted as lost. So is, above, an entry that is live and settled at once.
  if not with_keys then
    return;
  end if;
  select count(*) into lost
  from (select k.entry_id from readback.effect_key k where k.entry_id > since and k.entry_id <= upto and k.expires_at > now()) k
  left join (select x.entry_id from readback.outbox x where x.entry_id > since and x.entry_id <= upto) o using (entry_id)
  left join (select x.entry_id from readback.settlement x where x.entry_id > since and x.entry_id <= upto) s using (entry_id)
  where o.entry_id is null and s.entry_id is null;
  unaccounted := unaccounted + lost;
end $function$;

CREATE OR REPLACE FUNCTION readback.current_contract(effect text, OUT version integer, OUT key_retention interval, OUT ordered boolean)
 RETURNS record
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  select c.version, c.key_retention, c.ordering = 'per_key'
  into current_contract.version, current_contract.key_retention, current_contract.ordered
  from readback.contract c where c.effect = current_contract.effect
  order by c.version desc limit 1;
  if not found then
    raise exception using errcode = 'RB005', message = format('readback: no contract is deployed for effect %s', effect),
      hint = 'Check the spelling, or deploy its contract: readback contracts deploy.';
  end if;
end $function$;

CREATE OR REPLACE FUNCTION readback.cut_book_page(rows_max integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  nobody   constant uuid := '00000000-0000-0000-0000-000000000000';
  -- An id is made a moment before its transaction can be seen to write.
  still    constant timestamptz := readback.oldest_open_writer() - interval '1 minute';
  start    uuid;
  week_end timestamptz;
  page     record;
begin
  -- Two leaders cut one after the other.
  perform pg_advisory_xact_lock(hashtext('readback.book_page'));
  start := coalesce((select p.upto from readback.book_page p order by p.upto desc limit 1), nobody);
  if start = nobody then
    select readback.week_of(readback.entry_time(o.entry_id)) + interval '7 days' into week_end
    from readback.outbox o order by o.entry_id limit 1;
  else
    week_end := readback.week_of(readback.entry_time(start)) + interval '7 days';
  end if;
  select count(*) as entries, max(entry_id::text collate "C")::uuid as last into page
  from (
    select o.entry_id from readback.outbox o
    where o.entry_id > start and o.entry_id < readback.entry_id_floor(least(week_end, still))
    order by o.entry_id limit rows_max
  ) each;
  if week_end is null or (page.entries < rows_max and week_end > still) then
    return false;
  end if;
  insert into readback.book_page (since, upto)
  values (start, case when page.entries < rows_max then readback.entry_id_floor(week_end) else page.last end);
  return true;
end $function$;

CREATE OR REPLACE FUNCTION readback.drop_week(kept interval)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '500ms'
AS $function$
declare
  -- Whoever asks may not ask for less than the contracts promise.
  before constant timestamptz := now() - greatest(kept, (select max(c.key_retention) from readback.contract c));
  week timestamptz;
begin
  if not pg_try_advisory_xact_lock(hashtext('readback.ensure_partitions')) then
    return null;
  end if;
  for week in
    select to_timestamp(right(c.relname, 8), 'YYYYMMDD')::timestamp at time zone 'utc'
    from pg_class c
    where c.relnamespace = 'readback'::regnamespace and c.relname ~ '^outbox_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') + interval '7 days' <= before at time zone 'utc'
    order by c.relname
  loop
    if readback.week_is_needed(week) is null then
      lock table only readback.outbox, only readback.attempt, only readback.settlement in access exclusive mode;
      execute format('drop table if exists readback.outbox_%1$s, readback.attempt_%1$s, readback.settlement_%1$s',
        to_char(week at time zone 'utc', 'YYYYMMDD'));
      delete from readback.book_page p
      where p.upto > readback.entry_id_floor(week) and p.upto <= readback.entry_id_floor(week + interval '7 days');
      return week;
    end if;
  end loop;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION readback.enqueue(tenant text, effect text, key text, payload json, ordering_key text DEFAULT NULL::text, workflow text DEFAULT NULL::text, actor text DEFAULT NULL::text, not_before timestamp with time zone DEFAULT NULL::timestamp with time zone, traceparent text DEFAULT NULL::text, expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone, priority integer DEFAULT 0, after json DEFAULT NULL::json)
 RETURNS SETOF readback.enqueued
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.enqueue_batch(entries json)
 RETURNS TABLE(entry_no bigint, entry_id uuid, effect text, state text)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.enqueue_compensation(compensates uuid, effect text, key text, payload json, after json, actor text)
 RETURNS SETOF readback.enqueued
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.enqueue_with_care(tenant text, effect text, key text, payload json, ordering_key text, workflow text, actor text, not_before timestamp with time zone, traceparent text, expires_at timestamp with time zone, priority integer, after json)
 RETURNS SETOF readback.enqueued
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.ensure_partitions(since timestamp with time zone, until timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '500ms'
AS $function$
declare
  week   timestamptz := readback.week_of(since);
  oldest timestamptz;
  parent text;
  child  text;
  made   int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('readback.ensure_partitions'));
  foreach parent in array array['outbox', 'attempt', 'settlement'] loop
    execute format('select readback.week_of(readback.entry_time(x.entry_id)) from readback.%I x order by x.entry_id limit 1', parent || '_default')
    into oldest;
    -- An id of long ago was not made by a clock that can be believed.
    if oldest is not null then
      week := least(week, greatest(oldest, readback.week_of(now() - interval '1 year')));
    end if;
  end loop;
  while week < until loop
    foreach parent in array array['outbox', 'attempt', 'settlement'] loop
      child := format('%s_%s', parent, to_char(week at time zone 'utc', 'YYYYMMDD'));
      if to_regclass('readback.' || child) is null then
        execute format('create table readback.%I (like readback.%I including defaults including constraints)', child, parent);
        -- Attaching would lock it as well, but only after the rows have been moved.
        execute format('lock table readback.%I in access exclusive mode', parent || '_default');
        execute format('with moved as (delete from readback.%I where entry_id >= $1 and entry_id < $2 returning *) '
                       'insert into readback.%I select * from moved', parent || '_default', child)
        using readback.entry_id_floor(week), readback.entry_id_floor(week + interval '7 days');
        execute format('alter table readback.%I attach partition readback.%I for values from (%L) to (%L)', parent, child,
          readback.entry_id_floor(week), readback.entry_id_floor(week + interval '7 days'));
        made := made + 1;
      end if;
    end loop;
    week := week + interval '7 days';
  end loop;
  return made;
end $function$;

CREATE OR REPLACE FUNCTION readback.entry_id_floor(at timestamp with time zone)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    select rpad(lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0'), 32, '0')::uuid
  $function$;

CREATE OR REPLACE FUNCTION readback.entry_time(entry_id uuid)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    select to_timestamp(('x' || substr(replace(entry_id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0)
  $function$;

CREATE OR REPLACE FUNCTION readback.expire_keys(blocks integer, keys_max integer, OUT expired integer, OUT more boolean)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  walk record;
  last bigint;
begin
  select w.part, w.next_block into walk
  from readback.key_walk w order by w.walked_at, w.part limit 1
  -- Two at once walk through different parts.
  for update skip locked;
  last := walk.next_block + blocks;
  execute format($q$
    with over as materialized (
      select k.ctid as place
      from readback.%1$I k
      left join lateral (select true as is_there from readback.settlement s where s.entry_id = k.entry_id limit 1) s on true
      left join lateral (select true as is_there from readback.outbox o where o.entry_id = k.entry_id limit 1) o on true
      left join lateral (select true as is_there from readback.delivery d where d.entry_id = k.entry_id limit 1) d on true
      where k.ctid >= $1 and k.ctid < $2 and k.expires_at < now()
        -- Settled; or its week was dropped, which takes the settlement along.
        and (s.is_there or (o.is_there is null and d.is_there is null))
      limit $3
      for update of k skip locked
    )
    delete from readback.%1$I k where k.ctid = any (array(select place from over))
    $q$, 'effect_key_' || walk.part)
  using format('(%s,0)', walk.next_block)::tid, format('(%s,0)', last)::tid, keys_max;
  get diagnostics expired = row_count;
  more := expired = keys_max;
  update readback.key_walk w
  set walked_at = now(),
      next_block = case
        when more then w.next_block
        when last < pg_relation_size(format('readback.effect_key_%s', walk.part)::regclass) / current_setting('block_size')::int then last
        else 0
      end
  where w.part = walk.part;
end $function$;

CREATE OR REPLACE FUNCTION readback.fingerprint(payload json)
 RETURNS bytea
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  return readback.fingerprint_of(payload::jsonb::text);
end $function$;

CREATE OR REPLACE FUNCTION readback.fingerprint_of(spelled text)
 RETURNS bytea
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select sha256(convert_to(
      case when spelled ~ '\.[0-9]*0([^0-9]|$)'
        then regexp_replace(spelled, '("(?:[^"\\]|\\.)*")|(\.[0-9]*[1-9])0+(?![0-9])|\.0+(?![0-9])', '\1\2', 'g')
        else spelled
      end, 'UTF8'))
  $function$;

CREATE OR REPLACE FUNCTION readback.first_broken_audit()
 RETURNS SETOF bigint
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select chained.seq from (
      select e.seq, e.hash, readback.audit_hash(lag(e.hash) over (order by e.seq), e) as expected,
             e.seq - coalesce(lag(e.seq) over (order by e.seq), 0) as step
      from readback.audit_event e
    ) chained
    where chained.hash is distinct from chained.expected or chained.step <> 1
    order by chained.seq limit 1
  $function$;

CREATE OR REPLACE FUNCTION readback.forget_repeats(kept interval, rows_max integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  before constant timestamptz := now() - greatest(kept, (select max(c.key_retention) from readback.contract c));
  forgotten int;
begin
  delete from readback.enqueue_repeat r
  where r.ctid = any (array(
    select r.ctid
    from readback.enqueue_repeat r
    left join lateral (select true as is_there from readback.outbox o where o.entry_id = r.entry_id limit 1) o on true
    where r.entry_id < readback.entry_id_floor(before) and o.is_there is null
    order by r.entry_id
    limit rows_max
    for update of r skip locked));
  get diagnostics forgotten = row_count;
  return forgotten;
end $function$;

CREATE OR REPLACE FUNCTION readback.has_unique_names(payload json)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$select payload is json with unique keys$function$;

CREATE OR REPLACE FUNCTION readback.held_by(entry_id uuid)
 RETURNS json
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select json_agg(json_build_object('tenant', o.tenant, 'effect_name', o.effect, 'key', o.key, 'entry_id', o.entry_id,
      'state', coalesce(s.state, d.state, 'pending'), 'cause', coalesce(s.cause, d.cause, d.reason)) order by blocker.place)
    from readback.waits_for(held_by.entry_id) with ordinality as blocker (id, place)
    join readback.outbox o on o.entry_id = blocker.id
    left join readback.delivery d on d.entry_id = blocker.id
    left join readback.settlement s on s.entry_id = blocker.id
  $function$;

CREATE OR REPLACE FUNCTION readback.lineage()
 RETURNS text
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) from pg_control_system()
  $function$;

CREATE OR REPLACE FUNCTION readback.narrow_book_page(open_for interval)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  -- Where many wait for a person, there would be more pages than rows in them.
  apart_max constant int := 50;
  page   record;
  apart  uuid[];
  keeper uuid;
  before uuid;
begin
  perform pg_advisory_xact_lock(hashtext('readback.book_page'));
  select p.upto, p.since into page
  from readback.book_page p
  where p.closed_at is null and not p.single and p.cut_at < now() - open_for
    and exists (select from readback.delivery d where d.entry_id > p.since and d.entry_id <= p.upto)
  order by p.cut_at
  limit 1
  for update of p skip locked;
  if not found then
    return false;
  end if;
  apart := array(select d.entry_id from readback.delivery d where d.entry_id > page.since and d.entry_id <= page.upto
                 order by d.entry_id limit apart_max + 1);
  if cardinality(apart) > apart_max then
    update readback.book_page p set cut_at = now() where p.upto = page.upto;
    return true;
  end if;
  foreach keeper in array apart loop
    select o.entry_id into before
    from readback.outbox o where o.entry_id > page.since and o.entry_id < keeper order by o.entry_id desc limit 1;
    if before is not null then
      insert into readback.book_page (since, upto) values (page.since, before);
      page.since := before;
    end if;
    if keeper < page.upto then
      insert into readback.book_page (since, upto, single) values (page.since, keeper, true);
      page.since := keeper;
    end if;
  end loop;
  update readback.book_page p
  set since = page.since, single = (page.upto = keeper), cut_at = now(), checked_at = null
  where p.upto = page.upto;
  return true;
end $function$;

CREATE OR REPLACE FUNCTION readback.new_entry_id()
 RETURNS uuid
 LANGUAGE sql
 PARALLEL SAFE
AS $function$select uuidv7()$function$;

CREATE OR REPLACE FUNCTION readback.oldest_open_writer()
 RETURNS timestamp with time zone
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select least(
      (select coalesce(min(xact_start), now()) from pg_stat_activity where datname = current_database() and backend_xid is not null),
      -- Of a prepared transaction it is known when it was prepared, not since when it had been writing.
      (select min(prepared) - interval '1 day' from pg_prepared_xacts where database = current_database()))
  $function$;

CREATE OR REPLACE FUNCTION readback.refuse_long_texts(effect text, ordering_key text, traceparent text)
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if octet_length(ordering_key) > 512 then
    raise exception using errcode = 'RB002', message = format('readback: the ordering key of effect %s is longer than 512 bytes', effect),
      hint = 'Shorten it, for instance by a hash of the fields that name what is kept in order.';
  end if;
  if octet_length(traceparent) > 512 then
    raise exception using errcode = 'RB008', message = format('readback: the traceparent of effect %s is longer than 512 bytes', effect),
      hint = 'Pass the header as W3C Trace Context has it, which is 55 characters, or leave it out.';
  end if;
end $function$;

CREATE OR REPLACE FUNCTION readback.refuse_options(priority integer, not_before timestamp with time zone, expires_at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if priority not between 0 and 9 then
    raise exception using errcode = 'RB008', message = format('readback: priority %s is not one of 0 to 9', priority),
      hint = '0 is the usual one; what has a higher one goes first.';
  end if;
  if expires_at <= greatest(now(), not_before) then
    raise exception using errcode = 'RB008', message = format('readback: expires_at %s is over before the effect may be called', expires_at),
      hint = 'Pass a time after now and after not_before, or leave it out.';
  end if;
end $function$;

CREATE OR REPLACE FUNCTION readback.refuse_other_after(entry_id uuid, after uuid[])
 RETURNS void
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.resolve_after(tenant text, after json)
 RETURNS uuid[]
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.shard_of(tenant text, ordering_key text)
 RETURNS smallint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    select (hashtextextended(ordering_key, hashtextextended(tenant, 0)) & 7)::smallint
  $function$;

CREATE OR REPLACE FUNCTION readback.state_of(entry_id uuid)
 RETURNS text
 LANGUAGE plpgsql
 STABLE
 SET plan_cache_mode TO 'force_generic_plan'
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
#variable_conflict use_column
begin
  return coalesce(
    (select s.state from readback.settlement s where s.entry_id = state_of.entry_id),
    (select d.state from readback.delivery d where d.entry_id = state_of.entry_id),
    'pending');
end $function$;

CREATE OR REPLACE FUNCTION readback.status(tenant text, effect text, key text)
 RETURNS json
 LANGUAGE plpgsql
 STABLE
 SET plan_cache_mode TO 'force_generic_plan'
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.status_of(state text, reason text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    select case
      when state in ('done', 'acknowledged') then state
      when state in ('cancelled', 'expired', 'discarded') then 'cancelled'
      when state = 'dead' or (state = 'held' and reason in ('approval', 'parked')) then 'needs_attention'
      else 'in_progress'
    end
  $function$;

CREATE OR REPLACE FUNCTION readback.status_of(state text, reason text, entry_id uuid)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
    select case
      when state = 'held' and reason in ('after', 'order') and readback.waits_for_person(entry_id) then 'needs_attention'
      else readback.status_of(state, reason)
    end
  $function$;

CREATE OR REPLACE FUNCTION readback.take_ordering_key(tenant text, ordering_key text)
 RETURNS void
 LANGUAGE sql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
    select pg_advisory_xact_lock(hashtextextended(ordering_key, hashtextextended('readback.order/' || tenant, 0)))
  $function$;

CREATE OR REPLACE FUNCTION readback.timeline(entry_id uuid)
 RETURNS TABLE(at timestamp with time zone, what text, detail json)
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET plan_cache_mode TO 'force_generic_plan'
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.utc(at timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
    select to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  $function$;

CREATE OR REPLACE FUNCTION readback.waits_for(entry_id uuid, most integer DEFAULT 10)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET plan_cache_mode TO 'force_generic_plan'
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.waits_for_person(entry_id uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET plan_cache_mode TO 'force_generic_plan'
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION readback.week_is_needed(week timestamp with time zone)
 RETURNS text
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  low  constant uuid := readback.entry_id_floor(week);
  high constant uuid := readback.entry_id_floor(week + interval '7 days');
begin
  return case
    when exists (select from readback.delivery d where d.entry_id >= low and d.entry_id < high) then 'an entry is live or dead'
    when coalesce((select p.upto < high from readback.book_page p order by p.upto desc limit 1), true)
      or exists (select from readback.book_page p where p.closed_at is null and p.upto > low and p.since < high) then 'its books are not closed'
    -- Whether what it names was done is asked when its time comes.
    when exists (select from readback.blocker b where b.blocker_id >= low and b.blocker_id < high)
      or exists (select from readback.delivery d
                 cross join lateral (select x.after from readback.outbox x where x.entry_id = d.entry_id limit 1) o
                 cross join lateral unnest(o.after) as named
                 where d.state in ('scheduled', 'held') and named >= low and named < high) then 'an entry waits for one of it'
    when exists (select from readback.effect_key k where k.entry_id >= low and k.entry_id < high) then 'a key is remembered'
  end;
end $function$;

CREATE OR REPLACE FUNCTION readback.week_of(at timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
    select date_trunc('week', at at time zone 'utc') at time zone 'utc'
  $function$;

CREATE OR REPLACE FUNCTION readback.workflow_status(tenant text, workflow text)
 RETURNS json
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET plan_cache_mode TO 'force_generic_plan'
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

-- Grants

grant execute on function readback.append_audit(text,text,jsonb,text,jsonb,jsonb,text) to readback_operator;
grant execute on function readback.audit_hash(bytea,readback.audit_event) to readback_operator;
grant execute on function readback.await_intents(pg_snapshot,uuid,smallint[],interval) to readback_relay;
grant execute on function readback.close_book_page(interval) to readback_relay;
grant execute on function readback.compensated_by(uuid) to readback_operator;
grant execute on function readback.compensated_by(uuid) to readback_reader;
grant execute on function readback.compensated_by(uuid) to readback_relay;
grant execute on function readback.compensated_by(uuid) to readback_verifier;
grant execute on function readback.compensated_by(uuid) to readback_worker;
grant execute on function readback.count_entries(uuid,uuid,boolean) to readback_operator;
grant execute on function readback.count_entries(uuid,uuid,boolean) to readback_reader;
grant execute on function readback.count_entries(uuid,uuid,boolean) to readback_relay;
grant execute on function readback.count_entries(uuid,uuid,boolean) to readback_verifier;
grant execute on function readback.count_entries(uuid,uuid,boolean) to readback_worker;
grant execute on function readback.cut_book_page(integer) to readback_relay;
grant execute on function readback.drop_week(interval) to readback_relay;
grant execute on function readback.enqueue(text,text,text,json,text,text,text,timestamp with time zone,text,timestamp with time zone,integer,json) to readback_producer;
grant execute on function readback.enqueue_batch(json) to readback_producer;
grant execute on function readback.enqueue_compensation(uuid,text,text,json,json,text) to readback_operator;
grant execute on function readback.ensure_partitions(timestamp with time zone,timestamp with time zone) to readback_relay;
grant execute on function readback.entry_id_floor(timestamp with time zone) to readback_operator;
grant execute on function readback.entry_id_floor(timestamp with time zone) to readback_relay;
grant execute on function readback.entry_id_floor(timestamp with time zone) to readback_verifier;
grant execute on function readback.entry_id_floor(timestamp with time zone) to readback_worker;
grant execute on function readback.expire_keys(integer,integer) to readback_relay;
grant execute on function readback.fingerprint(json) to readback_operator;
grant execute on function readback.fingerprint(json) to readback_relay;
grant execute on function readback.fingerprint(json) to readback_verifier;
grant execute on function readback.fingerprint(json) to readback_worker;
grant execute on function readback.fingerprint_of(text) to readback_operator;
grant execute on function readback.fingerprint_of(text) to readback_relay;
grant execute on function readback.fingerprint_of(text) to readback_verifier;
grant execute on function readback.fingerprint_of(text) to readback_worker;
grant execute on function readback.first_broken_audit() to readback_operator;
grant execute on function readback.first_broken_audit() to readback_relay;
grant execute on function readback.first_broken_audit() to readback_verifier;
grant execute on function readback.first_broken_audit() to readback_worker;
grant execute on function readback.forget_repeats(interval,integer) to readback_relay;
grant execute on function readback.held_by(uuid) to readback_operator;
grant execute on function readback.held_by(uuid) to readback_reader;
grant execute on function readback.held_by(uuid) to readback_relay;
grant execute on function readback.held_by(uuid) to readback_verifier;
grant execute on function readback.held_by(uuid) to readback_worker;
grant execute on function readback.lineage() to readback_operator;
grant execute on function readback.lineage() to readback_relay;
grant execute on function readback.lineage() to readback_verifier;
grant execute on function readback.lineage() to readback_worker;
grant execute on function readback.narrow_book_page(interval) to readback_relay;
grant execute on function readback.new_entry_id() to readback_operator;
grant execute on function readback.new_entry_id() to readback_relay;
grant execute on function readback.new_entry_id() to readback_verifier;
grant execute on function readback.new_entry_id() to readback_worker;
grant execute on function readback.oldest_open_writer() to readback_operator;
grant execute on function readback.oldest_open_writer() to readback_relay;
grant execute on function readback.oldest_open_writer() to readback_verifier;
grant execute on function readback.oldest_open_writer() to readback_worker;
grant execute on function readback.shard_of(text,text) to readback_operator;
grant execute on function readback.shard_of(text,text) to readback_relay;
grant execute on function readback.shard_of(text,text) to readback_verifier;
grant execute on function readback.shard_of(text,text) to readback_worker;
grant execute on function readback.state_of(uuid) to readback_operator;
grant execute on function readback.state_of(uuid) to readback_relay;
grant execute on function readback.state_of(uuid) to readback_verifier;
grant execute on function readback.state_of(uuid) to readback_worker;
grant execute on function readback.status(text,text,text) to readback_operator;
grant execute on function readback.status(text,text,text) to readback_reader;
grant execute on function readback.status(text,text,text) to readback_relay;
grant execute on function readback.status(text,text,text) to readback_verifier;
grant execute on function readback.status(text,text,text) to readback_worker;
grant execute on function readback.status_of(text,text) to readback_operator;
grant execute on function readback.status_of(text,text) to readback_reader;
grant execute on function readback.status_of(text,text) to readback_relay;
grant execute on function readback.status_of(text,text) to readback_verifier;
grant execute on function readback.status_of(text,text) to readback_worker;
grant execute on function readback.status_of(text,text,uuid) to readback_operator;
grant execute on function readback.status_of(text,text,uuid) to readback_reader;
grant execute on function readback.status_of(text,text,uuid) to readback_relay;
grant execute on function readback.status_of(text,text,uuid) to readback_verifier;
grant execute on function readback.status_of(text,text,uuid) to readback_worker;
grant execute on function readback.take_ordering_key(text,text) to readback_operator;
grant execute on function readback.timeline(uuid) to readback_operator;
grant execute on function readback.timeline(uuid) to readback_reader;
grant execute on function readback.timeline(uuid) to readback_relay;
grant execute on function readback.timeline(uuid) to readback_verifier;
grant execute on function readback.timeline(uuid) to readback_worker;
grant execute on function readback.utc(timestamp with time zone) to readback_operator;
grant execute on function readback.utc(timestamp with time zone) to readback_reader;
grant execute on function readback.utc(timestamp with time zone) to readback_relay;
grant execute on function readback.utc(timestamp with time zone) to readback_verifier;
grant execute on function readback.utc(timestamp with time zone) to readback_worker;
grant execute on function readback.waits_for_person(uuid) to readback_operator;
grant execute on function readback.waits_for_person(uuid) to readback_reader;
grant execute on function readback.waits_for_person(uuid) to readback_relay;
grant execute on function readback.waits_for_person(uuid) to readback_verifier;
grant execute on function readback.waits_for_person(uuid) to readback_worker;
grant execute on function readback.week_is_needed(timestamp with time zone) to readback_relay;
grant execute on function readback.workflow_status(text,text) to readback_operator;
grant execute on function readback.workflow_status(text,text) to readback_reader;
grant execute on function readback.workflow_status(text,text) to readback_relay;
grant execute on function readback.workflow_status(text,text) to readback_verifier;
grant execute on function readback.workflow_status(text,text) to readback_worker;
grant select on readback.attempt to readback_operator;
grant insert, select on readback.attempt to readback_relay;
grant insert, select on readback.attempt to readback_verifier;
grant insert, select on readback.attempt to readback_worker;
grant insert, select on readback.audit_event to readback_operator;
grant select on readback.audit_event to readback_relay;
grant select on readback.audit_event to readback_verifier;
grant select on readback.audit_event to readback_worker;
grant delete, insert, select, update on readback.blocker to readback_operator;
grant delete, insert, select, update on readback.blocker to readback_relay;
grant delete, insert, select, update on readback.blocker to readback_verifier;
grant delete, insert, select, update on readback.blocker to readback_worker;
grant select on readback.book_page to readback_operator;
grant select on readback.book_page to readback_relay;
grant select on readback.book_page to readback_verifier;
grant select on readback.book_page to readback_worker;
grant select on readback.books to readback_operator;
grant select on readback.books to readback_reader;
grant select on readback.books to readback_relay;
grant select on readback.books to readback_verifier;
grant select on readback.books to readback_worker;
grant select on readback.books_recounted to readback_operator;
grant select on readback.books_recounted to readback_reader;
grant select on readback.books_recounted to readback_relay;
grant select on readback.books_recounted to readback_verifier;
grant select on readback.books_recounted to readback_worker;
grant insert, select on readback.contract to readback_operator;
grant insert, select on readback.contract to readback_relay;
grant insert, select on readback.contract to readback_verifier;
grant insert, select on readback.contract to readback_worker;
grant delete, insert, select, update on readback.delivery to readback_operator;
grant delete, select, update on readback.delivery to readback_relay;
grant delete, select, update on readback.delivery to readback_verifier;
grant delete, insert, select, update on readback.delivery to readback_worker;
grant select on readback.effect to readback_operator;
grant select on readback.effect to readback_reader;
grant select on readback.effect to readback_relay;
grant select on readback.effect to readback_verifier;
grant select on readback.effect to readback_worker;
grant select on readback.effect_key to readback_operator;
grant select on readback.effect_key to readback_relay;
grant select on readback.effect_key to readback_verifier;
grant select on readback.effect_key to readback_worker;
grant select on readback.enqueue_repeat to readback_operator;
grant select on readback.enqueue_repeat to readback_relay;
grant select on readback.enqueue_repeat to readback_verifier;
grant select on readback.enqueue_repeat to readback_worker;
grant select on readback.every_attempt to readback_operator;
grant select on readback.every_attempt to readback_relay;
grant select on readback.every_attempt to readback_verifier;
grant select on readback.every_attempt to readback_worker;
grant select on readback.key_walk to readback_operator;
grant select on readback.key_walk to readback_relay;
grant select on readback.key_walk to readback_verifier;
grant select on readback.key_walk to readback_worker;
grant select on readback.limit_bucket to readback_operator;
grant select on readback.limit_bucket to readback_relay;
grant select on readback.limit_bucket to readback_verifier;
grant insert, select, update on readback.limit_bucket to readback_worker;
grant delete, insert, select, update on readback.ordering_queue to readback_operator;
grant delete, insert, select, update on readback.ordering_queue to readback_relay;
grant delete, insert, select, update on readback.ordering_queue to readback_verifier;
grant delete, insert, select, update on readback.ordering_queue to readback_worker;
grant select on readback.outbox to readback_operator;
grant select on readback.outbox to readback_relay;
grant select on readback.outbox to readback_verifier;
grant select on readback.outbox to readback_worker;
grant select on readback.process to readback_operator;
grant delete, insert, select, update on readback.process to readback_relay;
grant delete, insert, select, update on readback.process to readback_verifier;
grant delete, insert, select, update on readback.process to readback_worker;
grant select on readback.relay_cursor to readback_operator;
grant select, update on readback.relay_cursor to readback_relay;
grant select on readback.relay_cursor to readback_verifier;
grant select on readback.relay_cursor to readback_worker;
grant insert, select, update on readback.replay_item to readback_operator;
grant select on readback.replay_item to readback_relay;
grant select on readback.replay_item to readback_verifier;
grant select on readback.replay_item to readback_worker;
grant insert, select, update on readback.replay_job to readback_operator;
grant select on readback.replay_job to readback_relay;
grant select on readback.replay_job to readback_verifier;
grant select on readback.replay_job to readback_worker;
grant select on readback.retry_budget to readback_operator;
grant select on readback.retry_budget to readback_relay;
grant select on readback.retry_budget to readback_verifier;
grant insert, select, update on readback.retry_budget to readback_worker;
grant insert, select on readback.settlement to readback_operator;
grant insert, select on readback.settlement to readback_relay;
grant insert, select on readback.settlement to readback_verifier;
grant insert, select on readback.settlement to readback_worker;
grant usage on schema readback to readback_operator;
grant usage on schema readback to readback_producer;
grant usage on schema readback to readback_reader;
grant usage on schema readback to readback_relay;
grant usage on schema readback to readback_verifier;
grant usage on schema readback to readback_worker;
