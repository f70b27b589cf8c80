import { OutboxError } from './outbox-error.ts'

type Rows = Record<string, unknown>[]

/** A client of `pg`, checked out or alone, with a transaction begun on it. */
export type PgClient = { query(text: string, values: unknown[]): Promise<{ rows: Rows }> }

/** A transaction of kysely. */
export type KyselyTransaction = {
  readonly isTransaction: boolean
  executeQuery(query: RawQuery): Promise<{ rows: unknown[] }>
}

/** Any other library: runs SQL with `$1` parameters in the caller's transaction and returns the rows. */
export type RunSql = (text: string, values: unknown[]) => Promise<readonly unknown[]>

/** What may be asked without a transaction: a pool, too. */
export type Connection = PgClient | KyselyTransaction | RunSql

type RawQuery = {
  sql: string
  parameters: readonly unknown[]
  query: { kind: 'RawNode'; sqlFragments: readonly string[]; parameters: readonly [] }
  queryId: { queryId: string }
}

/** Told apart by their shape, so that neither pg nor kysely is needed here. Statements are never named: poolers forget them. */
export function runnerOf(on: Connection): RunSql {
  if (typeof on === 'function') return on
  if ('executeQuery' in on) return async (text, values) => (await on.executeQuery(rawQuery(text, values))).rows
  return async (text, values) => (await on.query(text, values)).rows
}

/** Refuses a connection that is seen to be outside of a transaction: the intent would outlive a rollback (K3). */
export function refuseOutside(on: Connection): void {
  if (!isSeenOutside(on)) return
  throw new OutboxError('not_in_transaction', 'an intent is committed with the rows that it belongs to', {
    hint: 'Pass the transaction, not the pool or the database.',
  })
}

function isSeenOutside(on: Connection): boolean {
  if (typeof on === 'function') return false
  if ('executeQuery' in on) return !on.isTransaction
  if ('totalCount' in on) return true
  // Only newer versions of pg tell: I is idle.
  return (
    'getTransactionStatus' in on && typeof on.getTransactionStatus === 'function' && on.getTransactionStatus() === 'I'
  )
}

const rawQuery = (sql: string, parameters: readonly unknown[]): RawQuery => ({
  sql,
  parameters,
  query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
  queryId: { queryId: 'readback' },
})
