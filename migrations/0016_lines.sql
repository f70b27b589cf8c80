-- What waits for a limit waits in a line. Without one each asked again when its own batch thought that there might be room, and so did all
-- the others: with a thousand that waited for six slots, PostgreSQL worked 50 ms for an effect, and 12 ms with three thousand and a rate.

-- For a slot of a limit of calls: since when it waits, earlier by its priority; null: it is in no line. Only `postpone_claims` and `call_up`
-- write it, and what a row of another state or reason has here means nothing.
alter table readback.delivery add column queued_at timestamptz;

create index delivery_queued on readback.delivery (effect, tenant, queued_at)
  where state = 'scheduled' and reason = 'concurrency' and queued_at is not null;

-- For turns of a rate: when the next one to join the line is due. In the past: nobody waits.
alter table readback.limit_bucket add column line_until timestamptz not null default '-infinity';
