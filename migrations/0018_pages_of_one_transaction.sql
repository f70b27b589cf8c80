-- The relay reads page by page, by transaction and within one by position. By this index a page of a transaction with very many rows is read
-- without those before and behind it; by the one that knew no positions, each page of it read and sorted all of them.

drop index readback.outbox_xid;

create index outbox_xid on readback.outbox (xid, position);
