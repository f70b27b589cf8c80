import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'

export type AuditEvent = {
  seq: number
  at: string
  actor: string
  action: string
  subject: unknown
  reason: string
  before: unknown
  after: unknown
  idempotency_key: string | null
}

const PAGE_ROWS = 100

/** What operators did, the latest first. `before` continues below a `seq`. */
export async function listAudit(db: Database, page: { before?: number; rows?: number } = {}): Promise<AuditEvent[]> {
  const { rows } = await sql<AuditEvent>`
    select seq, readback.utc(at) as at, actor, action, subject, reason, before, after, idempotency_key
    from readback.audit_event
    where ${page.before ?? null}::bigint is null or seq < ${page.before ?? null}::bigint
    order by seq desc
    limit ${page.rows ?? PAGE_ROWS}`.execute(db.kysely)
  return rows
}

/** The first row that does not follow from the one before it, or null: the chain is whole. */
export async function firstBrokenAudit(db: Database): Promise<number | null> {
  const { rows } = await sql<{
    seq: number
  }>`select first_broken_audit as seq from readback.first_broken_audit()`.execute(db.kysely)
  return rows[0]?.seq ?? null
}
