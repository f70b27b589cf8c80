-- Values of what was seen that the contract keeps with the receipt (`verify.keep`): what a compensation or a person needs later.

alter table readback.settlement add column kept json;

create or replace view readback.effect as
select
  k.tenant,
  k.effect as effect_name,
  k.key,
  readback.status_of(coalesce(s.state, d.state, 'pending'), d.reason) as status,
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
    else json_build_object('what', 'person', 'due_at', null)
  end as next,
  coalesce(s.committed_at, o.created_at) as committed_at,
  s.settled_at
from readback.effect_key k
left join readback.outbox o on o.entry_id = k.entry_id
left join readback.delivery d on d.entry_id = k.entry_id
left join readback.settlement s on s.entry_id = k.entry_id;
