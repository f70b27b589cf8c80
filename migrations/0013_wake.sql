-- A live row waits either for its time or for the end of a lease, never for both. In one index of both, whoever asked for leases that
-- have run out went through everything that was due: a quarter of a second for 200,000 entries that wait for a slot, several times a
-- second. Two partial ones hold as many entries as that one did.

create index delivery_due on readback.delivery (due_at) where due_at is not null;
create index delivery_leased on readback.delivery (lease_until) where lease_until is not null;

drop index readback.delivery_wake;
