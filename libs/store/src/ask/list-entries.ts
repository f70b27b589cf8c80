import { LIVE_STATES, type State, type Status } from '@readback/lifecycle'
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../connect/database.ts'

export type EntryFilter = {
  state?: State
  tenant?: string
  effect?: string
  keyPrefix?: string
  cause?: string
  /** Committed at least this long ago. */
  olderThanMs?: number
}

export type EntryRow = {
  entry_id: string
  tenant: string
  effect_name: string
  key: string
  status: Status
  state: State
  cause: string | null
  attempts: number
  external_id: string | null
  due_at: string | null
  committed_at: string
}

export type EntryPage = {
  entries: EntryRow[]
  /** Pass as `after` to read on; null: this was the last page. */
  next: string | null
}

const PAGE_ROWS = 100

/** Entries, the newest first. Pages go by id, so that what is committed in between moves nothing. */
export async function listEntries(
  db: Database,
  filter: EntryFilter,
  page: { after?: string; rows?: number } = {},
): Promise<EntryPage> {
  const limit = page.rows ?? PAGE_ROWS
  const { rows } = await sql<EntryRow>`
    select o.entry_id, o.tenant, o.effect as effect_name, o.key,
           readback.status_of(coalesce(s.state, d.state, 'pending'), d.reason, o.entry_id) as status,
           coalesce(s.state, d.state, 'pending') as state, coalesce(s.cause, d.cause, d.reason) as cause,
           coalesce(s.attempts, d.attempts, 0) as attempts, coalesce(s.external_id, d.external_id) as external_id,
           readback.utc(d.due_at) as due_at, readback.utc(o.created_at) as committed_at
    from readback.outbox o
    left join readback.delivery d using (entry_id)
    left join readback.settlement s using (entry_id)
    where ${sql.join(conditions(filter, page.after), sql` and `)}
    order by o.entry_id desc
    limit ${limit + 1}`.execute(db.kysely)
  const entries = rows.slice(0, limit)
  return { entries, next: rows.length > limit ? (entries.at(-1)?.entry_id ?? null) : null }
}

function conditions(filter: EntryFilter, after: string | undefined): RawBuilder<unknown>[] {
  const { state, tenant, effect, keyPrefix, cause, olderThanMs } = filter
  const found = [sql`true`]
  if (after !== undefined) found.push(sql`o.entry_id < ${after}::uuid`)
  if (state !== undefined) found.push(isIn(state))
  if (tenant !== undefined) found.push(sql`o.tenant = ${tenant}`)
  if (effect !== undefined) found.push(sql`o.effect = ${effect}`)
  if (keyPrefix !== undefined) found.push(sql`starts_with(o.key, ${keyPrefix})`)
  if (cause !== undefined) found.push(sql`coalesce(s.cause, d.cause, d.reason) = ${cause}`)
  if (olderThanMs !== undefined) {
    found.push(sql`o.created_at <= now() - ${olderThanMs}::float8 * interval '1 millisecond'`)
  }
  return found
}

/** Names the table that holds the state, so that the search starts there and not at every intent ever committed. */
function isIn(state: State): RawBuilder<unknown> {
  if (state === 'pending') return sql`d.entry_id is null and s.entry_id is null`
  const isLive = LIVE_STATES.some((live) => live === state)
  return isLive ? sql`d.state = ${state}` : sql`s.state = ${state}`
}
