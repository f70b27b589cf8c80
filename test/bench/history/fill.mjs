// Years of work in minutes: copies of an effect that the roles have made, settled long ago.
import { closeBooks, openDatabase } from '@readback/store'
import { connect } from '../worlds/database.mjs'

const DAYS = 28
const CHUNK = 50_000
const CONNECTIONS = 2

/**
 * Adds `count` intents with their keys and receipts, spread over four weeks until now. The database must hold one at least that the
 * roles have settled: the others get its columns. Afterwards everything is as if relays had kept up with it all the time.
 */
export async function fillHistory(url, count) {
  const client = await connect(url)
  await client.query(
    `select readback.ensure_partitions(now() - interval '${DAYS + 7} days', now() + interval '8 weeks')`,
  )
  const {
    rows: [{ until }],
  } = await client.query('select now() as until')
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, nth) => fillEvery(url, nth, { count, until })))
  await tidy(client)
  await closeAllBooks(url)
  const { rows } = await client.query(
    'select settled >= $1 and settled = committed and unaccounted = 0 as balanced from readback.books',
    [count],
  )
  if (!rows[0].balanced) throw new Error(`the books of the history do not balance`)
  await client.end()
}

async function fillEvery(url, nth, { count, until }) {
  const client = await connect(url)
  await client.query('set synchronous_commit = off')
  for (let from = nth * CHUNK; from < count; from += CHUNK * CONNECTIONS)
    await client.query(FILL, [from, Math.min(from + CHUNK, count) - 1, count, until])
  await client.end()
}

// Keys are made in order, which is fast; those of later intents are scattered among them (worlds/invoices.mjs).
const FILL = `
  with made as materialized (
    select overlay(readback.entry_id_floor(at)::text placing '7' from 15)::uuid as entry_id, at, n,
           lpad(to_hex((n * (4294967296.0 / $3))::bigint), 8, '0') || '-past-' || n as key
    from (
      select n, $4::timestamptz - (1 - n / $3::float8) * interval '${DAYS} days' as at from generate_series($1::int, $2::int) n
    ) each
  ), intents as (
    insert into readback.outbox (entry_id, shard, tenant, effect, effect_version, key, fingerprint, payload, created_at)
    select made.entry_id, made.n % 8, o.tenant, o.effect, o.effect_version, made.key, o.fingerprint, o.payload, made.at
    from made, (select * from readback.outbox limit 1) o
  ), keys as (
    insert into readback.effect_key (tenant, effect, key, entry_id, fingerprint, expires_at)
    select k.tenant, k.effect, made.key, made.entry_id, k.fingerprint, made.at + interval '30 days'
    from made, (select * from readback.effect_key limit 1) k
  )
  insert into readback.settlement (entry_id, tenant, effect, state, verdict, evidence, external_id, contract_version, attempts, fence,
                                   owner, call_outcome, call_cause, call_evidence, call_began_at, committed_at, observed_at, settled_at)
  select made.entry_id, s.tenant, s.effect, s.state, s.verdict, s.evidence, s.external_id, s.contract_version, s.attempts, s.fence,
         s.owner, s.call_outcome, s.call_cause, s.call_evidence, made.at, made.at, made.at, made.at
  from made, (select * from readback.settlement where state = 'done' limit 1) s`

/** What relays and autovacuum would have done meanwhile. */
async function tidy(client) {
  await client.query(
    `update readback.relay_cursor set snapshot = pg_current_snapshot(), accounted_to = readback.entry_id_floor(now())`,
  )
  await client.query('vacuum (freeze, analyze)')
  await client.query('checkpoint')
}

/** As the relay does it, page by page. */
async function closeAllBooks(url) {
  const db = openDatabase({ url, applicationName: 'bench' })
  const closing = { pageRows: 20_000, againAfterMs: 600_000, openForMs: 600_000 }
  for (let did = 1; did > 0; ) did = await closeBooks(db, closing)
  await db.close()
}
