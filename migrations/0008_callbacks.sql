-- A provider that calls back may name its own id for a thing. Only what waits to be looked at is found by it, so only that is here.
create index delivery_external_id on readback.delivery (effect, external_id, tenant)
  where external_id is not null and state in ('unknown', 'verifying');
