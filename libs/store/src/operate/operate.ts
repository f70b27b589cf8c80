import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'

/** What every change by a person or an agent says of itself (requirements P5, P6). */
export type OperatorCommand = {
  /** Who does it. */
  actor: string
  /** Why. */
  reason: string
  /** A second command with this key changes nothing and gets the first one's answer. */
  idempotencyKey: string
  /** Does everything, and then takes it all back. */
  dryRun?: boolean
}

export type OperatorAnswer<Data> =
  | { ok: true; effect: 'updated' | 'noop'; data: Data }
  | { ok: false; reason: string; data: Data | null }

/** The transaction that an operation runs in. */
export type Operation = Database['kysely']

/** What an operation changed: which entries, and counts for the audit. An empty `entryIds` is a noop and leaves no trace. */
export type Change<Data> = { refused: string; data?: Data } | { entryIds: string[]; before: object; data: Data }

/** Runs one change with its audit row in one transaction, at most once a key. */
export async function operate<Data extends object>(
  db: Database,
  action: string,
  command: OperatorCommand & { filter: object },
  change: (trx: Operation) => Promise<Change<Data>>,
): Promise<OperatorAnswer<Data>> {
  const trx = await db.kysely.startTransaction().execute()
  try {
    const answer =
      (await answeredBefore<Data>(trx, action, command)) ?? (await changeOnce(trx, action, command, change))
    const keeps = answer.ok && answer.effect === 'updated' && !command.dryRun
    await (keeps ? trx.commit() : trx.rollback()).execute()
    return answer
  } catch (error) {
    if (!trx.isCommitted && !trx.isRolledBack) await trx.rollback().execute()
    throw error
  }
}

/** Two commands with one key wait for each other here; the second then finds the audit row of the first. */
async function answeredBefore<Data>(
  trx: Operation,
  action: string,
  { idempotencyKey, filter }: OperatorCommand & { filter: object },
): Promise<OperatorAnswer<Data> | null> {
  await sql`select pg_advisory_xact_lock(hashtextextended('readback.operate/' || ${idempotencyKey}, 0))`.execute(trx)
  const { rows } = await sql<{ same: boolean; after: Data }>`
    select action = ${action} and subject -> 'filter' = ${JSON.stringify(filter)}::jsonb as same, after
    from readback.audit_event where idempotency_key = ${idempotencyKey}`.execute(trx)
  const [earlier] = rows
  if (!earlier) return null
  if (!earlier.same) return { ok: false, reason: 'idempotency_key_reused', data: null }
  return { ok: true, effect: 'noop', data: earlier.after }
}

async function changeOnce<Data extends object>(
  trx: Operation,
  action: string,
  command: OperatorCommand & { filter: object },
  change: (trx: Operation) => Promise<Change<Data>>,
): Promise<OperatorAnswer<Data>> {
  const changed = await change(trx)
  if ('refused' in changed) return { ok: false, reason: changed.refused, data: changed.data ?? null }
  const { entryIds, before, data } = changed
  if (entryIds.length === 0) return { ok: true, effect: 'noop', data }
  const subject = JSON.stringify({ entries: entryIds, filter: command.filter })
  await sql`
    select readback.append_audit(${command.actor}, ${action}, ${subject}::jsonb, ${command.reason},
      ${JSON.stringify(before)}::jsonb, ${JSON.stringify(data)}::jsonb, ${command.idempotencyKey})`.execute(trx)
  return { ok: true, effect: 'updated', data }
}
