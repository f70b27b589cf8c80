-- Least privilege: one role a job. They cannot log in by themselves; grant them to the users that do.

do $$
declare
  name text;
begin
  foreach name in array array['readback_producer', 'readback_reader', 'readback_relay', 'readback_worker', 'readback_verifier', 'readback_operator'] loop
    begin
      if not exists (select from pg_roles where rolname = name) then
        execute format('create role %I nologin', name);
      end if;
    exception
      -- Roles belong to the cluster: another database may make the same one at this moment.
      when duplicate_object or unique_violation then null;
    end;
  end loop;
end $$;

revoke all on schema readback from public;
revoke execute on all functions in schema readback from public;

grant usage on schema readback to readback_producer, readback_reader, readback_relay, readback_worker, readback_verifier, readback_operator;

grant execute on function readback.enqueue, readback.enqueue_batch to readback_producer;

-- Whoever asks what became of an intent: agents, support, the application itself.
grant select on readback.effect, readback.books to readback_reader;
-- A view's functions run with the rights of whoever asks.
grant execute on function readback.status, readback.timeline, readback.utc, readback.status_of to readback_reader;

grant select on all tables in schema readback to readback_relay, readback_worker, readback_verifier, readback_operator;
grant execute on function readback.state_of, readback.status, readback.status_of, readback.utc, readback.timeline,
  readback.first_broken_audit, readback.new_entry_id, readback.entry_id_floor, readback.shard_of, readback.lineage, readback.oldest_open_writer, readback.canonical, readback.fingerprint
  to readback_relay, readback_worker, readback_verifier, readback_operator;

grant insert, update, delete on readback.process to readback_relay, readback_worker, readback_verifier;
grant insert on readback.contract to readback_relay, readback_worker, readback_verifier, readback_operator;

grant update on readback.relay_cursor, readback.delivery to readback_relay;
grant insert on readback.attempt to readback_relay;
grant execute on function readback.ensure_partitions to readback_relay;

grant insert, update, delete on readback.delivery to readback_worker;
grant insert on readback.attempt, readback.settlement to readback_worker;
grant insert, update on readback.limit_bucket to readback_worker;

grant update, delete on readback.delivery to readback_verifier;
grant insert on readback.attempt, readback.settlement to readback_verifier;

grant insert, update, delete on readback.delivery to readback_operator;
grant insert on readback.settlement, readback.audit_event to readback_operator;
grant insert, update on readback.replay_job, readback.replay_item to readback_operator;
grant execute on function readback.append_audit, readback.audit_hash to readback_operator;
