import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

export type DatabaseOptions = {
  /** A `postgres://` URL. */
  url: string
  /** Shown in `pg_stat_activity`. */
  applicationName: string
  /** Connections at most. */
  connectionsMax?: number
  /**
   * After how long a server that says nothing is given up: a connection that it does not take after a third of this, a
   * statement that it does not answer after all of it. Its connection is closed, and what it did is not known. Default: never.
   */
  patienceMs?: number
  /** Called when an idle connection breaks; the next query opens another. */
  onConnectionLost?: (error: Error) => void
}

/**
 * One application database. Hot statements go through `pool` as named prepared statements; what operators ask goes
 * through `kysely`, over connections of its own, because it is planned by other rules.
 */
export type Database = {
  pool: pg.Pool
  // oxlint-disable-next-line typescript/no-explicit-any -- the tables are described by the migrations, and every read names its row type
  kysely: Kysely<any>
  close(): Promise<void>
}

const SESSION = [
  // A machine that vanishes within a claim would keep others waiting for its rows until TCP gives it up, hours later.
  'idle_in_transaction_session_timeout=5s',
  // A claim looks for settlements that were committed after its insert began; by one snapshot for both, what is done would be called again.
  'default_transaction_isolation=read\\ committed',
]

/**
 * A hot statement goes from the ids of a batch to their rows, by an index, whatever the tables hold. The statistics say
 * otherwise: those of a partition that is about to be filled, or of a table from which rows leave as fast as they come,
 * say "empty", and what is empty is best read from end to end.
 */
const HOT = [
  ...SESSION,
  // Planning a hot statement over all partitions costs more than running it on a batch; its parameters never change the plan.
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_indexonlyscan=off',
  'enable_mergejoin=off',
  // No row of a batch is asked for twice.
  'enable_memoize=off',
  // Before PostgreSQL 18 what is off has a price beyond all reason, which a compiler for long queries takes for a reason to run.
  'jit=off',
]

// Operators' questions are few; a role asks for its lag every few seconds.
const ASKING_CONNECTIONS_MAX = 2

export function openDatabase(options: DatabaseOptions): Database {
  // Statements of one transaction go out together where none needs the answer of another.
  const pool = openPool(options, HOT, { pipeline: true })
  const asking = openPool({ ...options, connectionsMax: ASKING_CONNECTIONS_MAX }, SESSION)
  const kysely = new Kysely<never>({ dialect: new PostgresDialect({ pool: asking }) })
  return {
    pool,
    kysely,
    async close() {
      await Promise.all([kysely.destroy(), pool.end()])
    },
  }
}

/** Opens connections when they are asked for. */
function openPool(options: DatabaseOptions, session: readonly string[], more: { pipeline?: boolean } = {}): pg.Pool {
  const pool = new pg.Pool({
    ...more,
    connectionString: withSession(options.url, session),
    application_name: options.applicationName,
    max: options.connectionsMax ?? 10,
    ...(options.patienceMs && {
      connectionTimeoutMillis: Math.ceil(options.patienceMs / 3),
      query_timeout: options.patienceMs,
    }),
    types: { getTypeParser: parserOf },
  })
  // Without a listener a connection that breaks while idle would end the process.
  pool.on('error', options.onConnectionLost ?? (() => {}))
  // One that breaks while it is lent out makes the next statement on it fail; unheard, its event would end the process too.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Options in the URL would replace those beside it, so ours follow them there; of two with one name the last counts. */
function withSession(databaseUrl: string, session: readonly string[]): string {
  const given = /[?&]options=([^&]*)/.exec(databaseUrl)?.[1]
  const ours = session.map((setting) => encodeURIComponent(`-c ${setting}`))
  const all = (given ? [given, ...ours] : ours).join('%20')
  return `${databaseUrl}${databaseUrl.includes('?') ? '&' : '?'}options=${all}`
}

const INT8 = 20
const BUILTIN = pg.types.getTypeParser

/** Counters, fences and positions stay far below 2^53. */
const parserOf = ((oid: number, format?: 'text' | 'binary') =>
  oid === INT8 && format !== 'binary' ? Number : BUILTIN(oid, format)) as typeof pg.types.getTypeParser
