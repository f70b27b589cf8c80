import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

export type DatabaseOptions = {
  /** A `postgres://` URL. */
  url: string
  /** Shown in `pg_stat_activity`. */
  applicationName: string
  /** Connections at most. */
  connectionsMax?: number
  /** Called when an idle connection breaks; the next query opens another. */
  onConnectionLost?: (error: Error) => void
}

/**
 * One application database. Hot statements go through `pool` as named prepared statements; what operators ask goes
 * through `kysely`. Both share the connections.
 */
export type Database = {
  pool: pg.Pool
  // oxlint-disable-next-line typescript/no-explicit-any -- the tables are described by the migrations, and every read names its row type
  kysely: Kysely<any>
  close(): Promise<void>
}

export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.connectionsMax ?? 10,
    // Planning a hot statement over all partitions costs more than running it on a batch; its parameters never change the plan.
    options: '-c plan_cache_mode=force_generic_plan',
    types: { getTypeParser: parserOf },
  })
  // Without a listener a connection that breaks while idle would end the process.
  pool.on('error', options.onConnectionLost ?? (() => {}))
  const kysely = new Kysely<never>({ dialect: new PostgresDialect({ pool }) })
  return { pool, kysely, close: () => kysely.destroy() }
}

const INT8 = 20
const BUILTIN = pg.types.getTypeParser

/** Counters, fences and positions stay far below 2^53. */
const parserOf = ((oid: number, format?: 'text' | 'binary') =>
  oid === INT8 && format !== 'binary' ? Number : BUILTIN(oid, format)) as typeof pg.types.getTypeParser
