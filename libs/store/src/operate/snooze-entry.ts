import type { State } from '@readback/lifecycle'
import { sql } from 'kysely'
import { holdOf } from '../claim/hold-of.ts'
import type { Database } from '../connect/database.ts'
import { type Change, type Operation, type OperatorAnswer, type OperatorCommand, operate } from './operate.ts'

/** So long from now, or until a time (RFC 3339). */
export type SnoozeUntil = { forMs: number } | { until: string }

export type Snoozed = {
  state: State
  due_at: string | null
  /** What happens then. `expires`: its `expires_at` comes first, and it ends without a call. */
  next: 'call' | 'look' | 'expires' | null
  expires_at: string | null
}

/**
 * Makes an entry due later: never sooner than it is due already, for somebody may have asked for that wait. Refused: `not_found`,
 * `not_snoozable` (it is being called or looked at, is held, needs a person or has ended; `data` says which), `until_is_over`,
 * `idempotency_key_reused`.
 */
export function snoozeEntry(
  db: Database,
  { entryId, ...request }: OperatorCommand & { entryId: string } & SnoozeUntil,
): Promise<OperatorAnswer<Snoozed>> {
  const wait = 'until' in request ? { until: request.until } : { forMs: request.forMs }
  return operate(db, 'snooze', { ...request, filter: { entryIds: [entryId], ...wait } }, (trx) =>
    snooze(trx, entryId, wait),
  )
}

type Row = {
  state: State
  reason: string | null
  leased: boolean
  due_at: string | null
  until: string
  is_later: boolean
  is_ahead: boolean
  expires_at: string | null
  expires_first: boolean
}

async function snooze(trx: Operation, entryId: string, wait: SnoozeUntil): Promise<Change<Snoozed>> {
  const made = await makeRow(trx, entryId)
  const row = await lockedRow(trx, entryId, wait)
  const state = row?.state ?? (await stateWithoutRow(trx, entryId))
  if (state === null) return { refused: 'not_found' }
  if (!row || !maySnooze(row)) return { refused: 'not_snoozable', data: told(state, row) }
  if (!row.is_ahead) return { refused: 'until_is_over', data: told(state, row) }
  const before = made ? 'pending' : state
  if (!row.is_later) return { entryIds: [], before: {}, data: told(before, row) }
  await move(trx, entryId, row)
  return {
    entryIds: [entryId],
    before: { state: before, due_at: made ? null : row.due_at },
    data: told(state, { ...row, due_at: row.until }),
  }
}

const SNOOZABLE: ReadonlySet<State> = new Set(['scheduled', 'unknown', 'verifying'])

const maySnooze = ({ state, reason, leased }: Row): boolean => SNOOZABLE.has(state) && !leased && reason !== 'expiring'

function told(state: State, row: Row | null): Snoozed {
  if (!row || !maySnooze(row)) return { state, due_at: null, next: null, expires_at: row?.expires_at ?? null }
  return { state, due_at: row.due_at, next: nextOf(row), expires_at: row.expires_at }
}

function nextOf({ state, expires_first }: Row): Snoozed['next'] {
  if (state !== 'scheduled') return 'look'
  return expires_first ? 'expires' : 'call'
}

/**
 * A pending entry has no live row, so this makes one, as a claim would, and as due: unless it must wait for others, which only a claim
 * writes down. True: made.
 */
async function makeRow(trx: Operation, entryId: string): Promise<boolean> {
  const { rows } = await sql`
    insert into readback.delivery (entry_id, shard, tenant, effect, state, due_at, reason, retry_from, expires_at)
    select o.entry_id, o.shard, o.tenant, o.effect, 'scheduled', greatest(now(), o.not_before), 'not_before',
           greatest(o.created_at, o.not_before), o.expires_at
    from readback.outbox o
    where o.entry_id = ${entryId}::uuid and ${sql.raw(holdOf('o'))} is null
    on conflict (entry_id) do nothing
    returning entry_id`.execute(trx)
  return rows.length > 0
}

/** None where it has settled, though the row was just made: a statement of its own sees what the insert could not. */
async function lockedRow(trx: Operation, entryId: string, wait: SnoozeUntil): Promise<Row | null> {
  const until =
    'until' in wait ? sql`${wait.until}::timestamptz` : sql`now() + ${wait.forMs}::float8 * interval '1 millisecond'`
  await sql`select from readback.delivery where entry_id = ${entryId}::uuid for update`.execute(trx)
  const { rows } = await sql<Row>`
    select d.state, d.reason, d.lease_owner is not null as leased, readback.utc(d.due_at) as due_at, readback.utc(t.until) as until,
           t.until > d.due_at as is_later, t.until > now() as is_ahead, readback.utc(d.expires_at) as expires_at,
           coalesce(d.expires_at <= greatest(t.until, d.due_at), false) as expires_first
    from readback.delivery d
    cross join (select ${until} as until) t
    where d.entry_id = ${entryId}::uuid
      and not exists (select from readback.settlement s where s.entry_id = d.entry_id)`.execute(trx)
  return rows[0] ?? null
}

/** Null: there is no such entry. */
async function stateWithoutRow(trx: Operation, entryId: string): Promise<State | null> {
  const { rows } = await sql<{ state: State }>`
    select readback.state_of(k.entry_id) as state
    from (select ${entryId}::uuid as entry_id) k
    where exists (select from readback.outbox o where o.entry_id = k.entry_id)
       or exists (select from readback.settlement s where s.entry_id = k.entry_id)`.execute(trx)
  return rows[0]?.state ?? null
}

/** Locked above. What is to be looked at keeps its state, and says by its time alone that it waits. */
async function move(trx: Operation, entryId: string, { until }: Row): Promise<void> {
  await sql`
    update readback.delivery d
    set due_at     = ${until}::timestamptz,
        reason     = case d.state when 'scheduled' then 'snoozed' end,
        updated_at = clock_timestamp()
    where d.entry_id = ${entryId}::uuid`.execute(trx)
}
