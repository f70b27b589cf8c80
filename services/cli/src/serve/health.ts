import type { Dispatch } from '@readback/dispatch'
import {
  type Check,
  type HealthOptions,
  type HealthServer,
  type RequestHandler,
  rest,
  serveHealth,
} from '@readback/service-kit'
import { type Database, serverInfo } from '@readback/store'

import { describeError } from '@readback/telemetry'

export type SourceHealth = {
  name: string
  db: Database
  dispatch: Dispatch
  /** Why the roles do not work on this database yet; null: they do. */
  notStarted: () => string | null
}

export type HealthDeps = {
  /** null: 8080, or any free one where that is taken. */
  port: number | null
  sources: readonly SourceHealth[]
  metrics: () => Promise<string>
  /** Where providers call back; null where nobody looks. */
  callbacks: RequestHandler | null
}

const DEFAULT_PORT = 8080
const PATIENCE_MS = 2_000

/** Health of a process; not ready from `drain` on, so that nobody waits for it. */
export async function startHealth(deps: HealthDeps): Promise<HealthServer & { drain(): void }> {
  let draining = false
  const ready = async (): Promise<Check[]> => [
    ...(await sourceChecks(deps.sources)),
    { name: 'not draining', ok: !draining },
  ]
  const server = await listen(deps.port, {
    live: () => true,
    ready,
    metrics: deps.metrics,
    ...(deps.callbacks && { also: deps.callbacks }),
  })
  return {
    ...server,
    drain() {
      draining = true
    },
  }
}

/** Of several databases one is enough: a process that was taken out for the sake of a dead one would fail the others. */
async function sourceChecks(sources: readonly SourceHealth[]): Promise<Check[]> {
  const [only, ...more] = sources
  if (only && more.length === 0) {
    return [
      { name: 'database', ...(await databaseCheck(only.db)) },
      { name: 'dispatch', ok: only.dispatch.ready() },
    ]
  }
  return Promise.all(
    sources.map(async (source) => ({ name: `source ${source.name}`, oneOf: 'source', ...(await sourceCheck(source)) })),
  )
}

type Finding = Omit<Check, 'name'>

async function sourceCheck({ db, dispatch, notStarted }: SourceHealth): Promise<Finding> {
  const detail = notStarted()
  if (detail !== null) return { ok: false, detail }
  const database = await databaseCheck(db)
  if (!database.ok) return database
  return dispatch.ready() ? database : { ok: false, detail: 'the dispatch has given it no share of the work yet' }
}

async function databaseCheck(db: Database): Promise<Finding> {
  const given = new AbortController()
  const late = rest(PATIENCE_MS, given.signal).then(() => ({ ok: false, detail: `no answer in ${PATIENCE_MS} ms` }))
  const asked = serverInfo(db).then(
    () => ({ ok: true }),
    (error: unknown) => ({ ok: false, detail: describeError(error, false).message }),
  )
  try {
    return await Promise.race([asked, late])
  } finally {
    given.abort()
  }
}

async function listen(port: number | null, options: Omit<HealthOptions, 'port'>): Promise<HealthServer> {
  try {
    return await serveHealth({ port: port ?? DEFAULT_PORT, ...options })
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (port === null && isTaken) return serveHealth({ port: 0, ...options })
    throw error
  }
}
