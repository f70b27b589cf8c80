-- What the passing of time does by itself.

-- What is left for calling a destination again, where it was called in vain: fed by what succeeds there and by what is called for the
-- first time, so that a destination that is down sees little more than its first calls.
create table readback.retry_budget (
  destination text primary key,
  tokens      float8 not null,
  filled_at   timestamptz not null,
  -- When the last of those that wait for a token asks again: each waits a little longer than the one before.
  asked_until timestamptz not null
) with (fillfactor = 50);

grant select on readback.retry_budget to readback_relay, readback_worker, readback_verifier, readback_operator;
grant insert, update on readback.retry_budget to readback_worker;
