-- What the steps before a call have kept (`prepare` in the contract), such as an upload link: written once, under the fence, before
-- the call's first byte, and used by every attempt from then on, so that all of them send the same bytes. A JSON object by name.
-- While it is null, no call of a contract with such steps can have begun.
alter table readback.delivery add column prepared json
  constraint prepared_is_an_object check (json_typeof(prepared) = 'object');
