import type { Database } from '../connect/database.ts'

export type Past = {
  /** An interval of PostgreSQL: `2 hours`. */
  ago: string
  count: number
  /** Default: all of them have settled. */
  pending?: boolean
  /** When the keys are over, counted from now. Default: in a month. */
  keysFor?: string
}

/** Intents of another time, in order, one each millisecond. Returns their ids. */
export async function pastEntries(db: Database, { ago, count, pending = false, keysFor = '1 month' }: Past) {
  const { rows } = await db.pool.query<{ entry_id: string }>(
    `
    with made as materialized (
      select overlay(readback.entry_id_floor(now() - $1::interval + n * interval '1 millisecond')::text placing '7' from 15)::uuid as entry_id,
             now() - $1::interval as at, $1 || '-' || n as key
      from generate_series(1, $2::int) n
    ), intents as (
      insert into readback.outbox (entry_id, shard, tenant, effect, effect_version, key, fingerprint, payload, created_at)
      select entry_id, 0, 'acme', 'invoice.issue', 1, key, '', '{}', at from made
    ), keys as (
      insert into readback.effect_key (tenant, effect, key, entry_id, fingerprint, expires_at)
      select 'acme', 'invoice.issue', key, entry_id, '', now() + $4::interval from made
    ), settled as (
      insert into readback.settlement (entry_id, tenant, effect, state, contract_version, attempts, fence, committed_at)
      select entry_id, 'acme', 'invoice.issue', 'cancelled', 1, 0, 1, at from made where not $3::boolean
    )
    select entry_id from made order by entry_id`,
    [ago, count, pending, keysFor],
  )
  return rows.map((row) => row.entry_id)
}

/** A dead letter's live row. */
export async function makeDead(db: Database, entryId: string): Promise<void> {
  await db.pool.query(
    `insert into readback.delivery (entry_id, shard, tenant, effect, state, cause, retry_from)
     values ($1, 0, 'acme', 'invoice.issue', 'dead', 'mismatch', now())`,
    [entryId],
  )
}

export async function settleByHand(db: Database, entryId: string): Promise<void> {
  await db.pool.query(
    `with gone as (delete from readback.delivery where entry_id = $1)
     insert into readback.settlement (entry_id, tenant, effect, state, contract_version, attempts, fence, committed_at)
     values ($1, 'acme', 'invoice.issue', 'discarded', 1, 0, 1, now())`,
    [entryId],
  )
}
