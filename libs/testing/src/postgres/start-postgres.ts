import pg from 'pg'
import { endChild } from '../process/child-process.ts'
import { freePort, isFree } from '../process/free-port.ts'
import { type Installation, openDataDir, removeDataDir } from './data-dir.ts'
import { type Launch, launch } from './launch.ts'
import { type Settings, settingFlags } from './settings.ts'

export interface PostgresOptions {
  /**
   * Keeps its files here. Without one: a temporary folder, removed at the end. If we are root and the server's user
   * cannot get there, `data` in it is a link into /var/lib/readback.
   */
  dir?: string
  /** On 127.0.0.1. Default: a free one. */
  port?: number
  /** Whether the files outlive the server. Default: yes if `dir` is given. */
  persistent?: boolean
  /** Created if it does not exist. Default `postgres`. */
  databaseName?: string
  /** False gives up what a commit promises when the machine crashes, for speed. Default true. */
  durable?: boolean
  /** More settings, by their PostgreSQL names. */
  settings?: Settings
}

/** A server that ends by `stop()`, by `kill9()`, or with this process, however this process ends. */
export interface PostgresServer {
  url: string
  port: number
  dir: string
  readonly pid: number
  stop(): Promise<void>
  /** A crash of the server: the data stay, `restart()` recovers them. */
  kill9(): Promise<void>
  /** Same data, same port. */
  restart(): Promise<void>
}

/** Starts the server of this installation; resolves when it takes connections. */
export async function startPostgres(installation: Installation, options: PostgresOptions): Promise<PostgresServer> {
  const place = await prepare(installation, options)
  let running = await launch(place)
  const databaseName = options.databaseName ?? 'postgres'
  await createIfMissing(place.port, databaseName)

  return {
    url: urlOf(place.port, databaseName),
    port: place.port,
    dir: place.home,
    get pid() {
      return running.pid ?? 0
    },
    async stop() {
      await endChild(running, 'SIGINT')
      if (!place.persistent) await removeDataDir(place)
    },
    kill9: () => endChild(running, 'SIGKILL'),
    async restart() {
      await endChild(running, 'SIGINT')
      running = await launch(place)
    },
  }
}

async function prepare(installation: Installation, options: PostgresOptions): Promise<Launch> {
  const port = options.port ?? (await freePort())
  if (!(await isFree(port))) throw new Error(`Port ${port} is in use: no PostgreSQL server can start on it.`)
  const persistent = options.persistent ?? options.dir !== undefined
  const durable = options.durable ?? true
  const place = await openDataDir(installation, options.dir, persistent && durable)
  return { ...place, installation, port, persistent, flags: settingFlags(durable, options.settings) }
}

const urlOf = (port: number, databaseName: string): string =>
  `postgres://postgres@127.0.0.1:${port}/${encodeURIComponent(databaseName)}`

async function createIfMissing(port: number, name: string): Promise<void> {
  if (name === 'postgres') return
  const client = new pg.Client(urlOf(port, 'postgres'))
  await client.connect()
  try {
    const found = await client.query('select from pg_database where datname = $1', [name])
    if (found.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}
