import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import { type DeadFilter, matchesDead } from '../operate/dead-filter.ts'

export type DeadEntry = {
  entry_id: string
  tenant: string
  effect_name: string
  key: string
  cause: string
  attempts: number
  last_outcome: string | null
  external_id: string | null
  committed_at: string
  dead_at: string
}

const PAGE_ROWS = 100

/** Dead letters, the oldest intent first. `next` continues after the page; null: there is no more. */
export async function deadList(
  db: Database,
  filter: DeadFilter = {},
  page: { after?: string; rows?: number } = {},
): Promise<{ entries: DeadEntry[]; next: string | null }> {
  const limit = page.rows ?? PAGE_ROWS
  const { rows } = await sql<DeadEntry>`
    select d.entry_id, d.tenant, d.effect as effect_name, o.key, d.cause, d.attempts, d.last_outcome, d.external_id,
           readback.utc(o.created_at) as committed_at, readback.utc(d.updated_at) as dead_at
    from readback.delivery d
    join readback.outbox o using (entry_id)
    where ${matchesDead(filter)} and d.entry_id > ${page.after ?? FIRST}::uuid
    order by d.entry_id
    limit ${limit + 1}`.execute(db.kysely)
  const entries = rows.slice(0, limit)
  return { entries, next: rows.length > limit ? (entries.at(-1)?.entry_id ?? null) : null }
}

const FIRST = '00000000-0000-0000-0000-000000000000'
