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

const SESSION = [
  // Planning a hot statement over all partitions costs more than running it on a batch; its parameters never change the plan.
  'plan_cache_mode=force_generic_plan',
  // A machine that vanishes within a claim would keep others waiting for its rows until TCP gives it up, hours later.
  'idle_in_transaction_session_timeout=5s',
  // A claim looks for settlements that were committed after its insert began; by one snapshot for both, what is done would be called again.
  'default_transaction_isolation=read\\ committed',
]

export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: withSession(options.url),
    application_name: options.applicationName,
    max: options.connectionsMax ?? 10,
    types: { getTypeParser: parserOf },
  })
  // Without a listener a connection that breaks while idle would end the process.
  pool.on('error', options.onConnectionLost ?? (() => {}))
  // One that breaks while it is lent out makes the next statement on it fail; unheard, its event would end the process too.
  pool.on('connect', (client) => client.on('error', () => {}))
  const kysely = new Kysely<never>({ dialect: new PostgresDialect({ pool }) })
  return { pool, kysely, close: () => kysely.destroy() }
}

/** Options in the URL would replace those beside it, so ours follow them there; of two with one name the last counts. */
function withSession(databaseUrl: string): string {
  const given = /[?&]options=([^&]*)/.exec(databaseUrl)?.[1]
  const ours = SESSION.map((setting) => encodeURIComponent(`-c ${setting}`))
  const all = (given ? [given, ...ours] : ours).join('%20')
  return `${databaseUrl}${databaseUrl.includes('?') ? '&' : '?'}options=${all}`
}

const INT8 = 20
const BUILTIN = pg.types.getTypeParser

/** Counters, fences and positions stay far below 2^53. */
const parserOf = ((oid: number, format?: 'text' | 'binary') =>
  oid === INT8 && format !== 'binary' ? Number : BUILTIN(oid, format)) as typeof pg.types.getTypeParser
