import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, Migrator, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { StoreError } from '../connect/store-error.ts'
import { type MigrationFile, readMigrations } from './migration-files.ts'
import { lineAt, type Statement, splitStatements } from './split-statements.ts'

export type MigrateOptions = {
  /** A direct connection, not through a pooler in transaction mode: the lock belongs to the session. */
  databaseUrl: string
  /** Only says what would be applied. */
  dryRun?: boolean
  /** How long a statement may wait for a lock, and thereby make producers wait behind it. Default 5,000. */
  lockTimeoutMs?: number
  /** Where the numbered files are; default: those of this release. */
  folder?: string
}

export type MigrateResult = {
  /** By this call, in order. */
  applied: string[]
  /** Still to be applied: all of them after a dry run, none after a real one. */
  pending: string[]
}

type Work = { db: Kysely<MigrationTables>; files: MigrationFile[] }
type MigrationTables = { 'readback.migration_hash': { name: string; hash: string } }

const LOCK_TIMEOUT_MS = 5_000
const OLDEST_SERVER = 140_000
const LOCK_POLL_MS = 100

/**
 * Brings the schema `readback` forward to this release. Each file is one transaction, together with the record that it
 * was applied; a second migrator waits for the first and finds nothing left to do.
 *
 * @throws StoreError `migration_failed` (names file and line), `migration_lock_timeout` (try again), `migration_changed`
 *   (an applied file is no longer what it was), `migration_unknown` (the database is newer), `server_too_old`
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const files = await readMigrations(options.folder)
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    application_name: 'readback migrate',
    max: 1,
    lock_timeout: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
  })
  const work: Work = { db: new Kysely({ dialect: new PostgresDialect({ pool }) }), files }
  try {
    await refuseOldServer(work)
    if (options.dryRun) return { applied: [], pending: await pendingNames(work) }
    return await oneAtATime(options.databaseUrl, () => applyPending(work))
  } finally {
    await work.db.destroy()
  }
}

async function refuseOldServer({ db }: Work): Promise<void> {
  const { rows } = await sql<{ version: number; shown: string }>`
    select current_setting('server_version_num')::int as version, current_setting('server_version') as shown`.execute(
    db,
  )
  if ((rows[0]?.version ?? 0) >= OLDEST_SERVER) return
  throw new StoreError('server_too_old', `PostgreSQL 14 or newer is needed; this server is ${rows[0]?.shown}`)
}

/** Polled, because a session that waits inside a lock holds a snapshot, which `create index concurrently` waits for. */
async function oneAtATime<T>(databaseUrl: string, run: () => Promise<T>): Promise<T> {
  const guard = new pg.Client({ connectionString: databaseUrl, application_name: 'readback migrate lock' })
  await guard.connect()
  try {
    while (!(await tryLock(guard))) await sleep(LOCK_POLL_MS)
    return await run()
  } finally {
    await guard.end()
  }
}

async function tryLock(guard: pg.Client): Promise<boolean> {
  const { rows } = await guard.query("select pg_try_advisory_lock(hashtextextended('readback.migrate', 0)) as locked")
  return rows[0].locked
}

async function applyPending(work: Work): Promise<MigrateResult> {
  const names = await pendingNames(work)
  await work.db.schema.createSchema('readback').ifNotExists().execute()
  await sql`create table if not exists readback.migration_hash (name text primary key, hash text not null)`.execute(
    work.db,
  )
  for (const name of names) await applyNext(work, name)
  return { applied: names, pending: [] }
}

async function pendingNames(work: Work): Promise<string[]> {
  const known = await migratorOf(work, true).getMigrations()
  await refuseChanged(work)
  return known.filter((migration) => !migration.executedAt).map((migration) => migration.name)
}

async function refuseChanged({ db, files }: Work): Promise<void> {
  const { rows: found } = await sql<{ there: boolean }>`
    select to_regclass('readback.migration_hash') is not null as there`.execute(db)
  if (!found[0]?.there) return
  for (const { name, hash } of await db.selectFrom('readback.migration_hash').selectAll().execute()) {
    const file = files.find((candidate) => candidate.name === name)
    if (!file)
      throw new StoreError('migration_unknown', `the database has ${name} already, which is not in this release`)
    if (file.hash === hash) continue
    throw new StoreError(
      'migration_changed',
      `${name}.sql is not what was applied: restore it, and add a new file instead`,
    )
  }
}

async function applyNext(work: Work, name: string): Promise<void> {
  const inTransaction = work.files.some((file) => file.name === name && file.inTransaction)
  const { error } = await migratorOf(work, inTransaction).migrateUp()
  if (error)
    throw error instanceof StoreError ? error : new StoreError('migration_failed', messageOf(error), { cause: error })
}

function migratorOf({ db, files }: Work, inTransaction: boolean): Migrator {
  const migrations = files.map((file) => [file.name, { up: (trx: Kysely<MigrationTables>) => apply(trx, file) }])
  return new Migrator({
    db,
    provider: { getMigrations: async () => Object.fromEntries(migrations) },
    migrationTableSchema: 'readback',
    migrationTableName: 'migration',
    migrationLockTableName: 'migration_lock',
    disableTransactions: !inTransaction,
  })
}

async function apply(db: Kysely<MigrationTables>, file: MigrationFile): Promise<void> {
  for (const statement of splitStatements(file.sql)) {
    await sql
      .raw(statement.text)
      .execute(db)
      .catch((error: unknown) => refuse(file, statement, error))
  }
  await db.insertInto('readback.migration_hash').values({ name: file.name, hash: file.hash }).execute()
}

function refuse(file: MigrationFile, { text, line }: Statement, error: unknown): never {
  const { position, code, message } = error as pg.DatabaseError
  const place = line - 1 + (position ? lineAt(text, Number(position) - 1) : 1)
  const shown = text.split('\n', 1)[0]
  throw new StoreError(
    code === '55P03' ? 'migration_lock_timeout' : 'migration_failed',
    `${file.name}.sql, line ${place}, in "${shown}": ${message}`,
    { cause: error },
  )
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'kysely gave no reason')
