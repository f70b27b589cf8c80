import { connect } from 'node:net'
import { ConfigError, parseEnvironment, roleEnvironment, type Source } from '@readback/service-kit'
import {
  books,
  type Database,
  loadContracts,
  migrate,
  missingFromBooks,
  openDatabase,
  type ServerInfo,
  serverInfo,
} from '@readback/store'
import { errorsOf, readContractFiles } from './contract-files.ts'
import { describeFailure } from './framework/describe-failure.ts'
import type { Io } from './framework/io.ts'

export type Finding = { check: string; result: 'ok' | 'warning' | 'failed'; detail: string }

type Settings = ReturnType<typeof settingsOf>

const BROKER_PATIENCE_MS = 3_000
const PATIENCE_MS = 15_000
const RECOUNT_PATIENCE_MS = 10_000
const PARTITIONS_AHEAD_DAYS = 7
const DAY_MS = 86_400_000

/** Looks at everything that a role needs before it can work. Changes nothing. */
export async function examine(io: Io, now: Date): Promise<Finding[]> {
  const settings = await tryOnce(() => settingsOf(io))
  if ('failed' in settings) return [failed('environment', settings.failed)]
  const { sources } = settings.value
  const names = sources.map(({ name }) => name).join(', ')
  const found = [ok('environment', `source ${names}`), ...(await contractFiles(settings.value))]
  for (const source of sources) found.push(...(await databaseOf(source, sources.length > 1, now)))
  return [...found, ...(await brokers(settings.value))]
}

/** Each finding of one of several databases says whose it is. */
async function databaseOf({ name, databaseUrl }: Source, isNamed: boolean, now: Date): Promise<Finding[]> {
  const db = openDatabase({
    url: databaseUrl,
    applicationName: 'readback doctor',
    connectionsMax: 1,
    patienceMs: PATIENCE_MS,
  })
  try {
    const found = await database(db, databaseUrl, now)
    return isNamed ? found.map((finding) => ({ ...finding, check: `${name}: ${finding.check}` })) : found
  } finally {
    await db.close()
  }
}

const settingsOf = (io: Io) => parseEnvironment(roleEnvironment.all, io.env, io.readFile)

async function contractFiles({ contractsFolder, leaseMs }: Settings): Promise<Finding[]> {
  const read = await tryOnce(() => readContractFiles([contractsFolder], { leaseMs }))
  if ('failed' in read) return [warning('contract files', read.failed)]
  const errors = errorsOf(read.value).length
  const detail = `${read.value.contracts.length} in ${contractsFolder}, ${errors} errors`
  return [
    errors > 0 ? failed('contract files', `${detail}: run readback contracts check`) : ok('contract files', detail),
  ]
}

async function database(db: Database, databaseUrl: string, now: Date): Promise<Finding[]> {
  try {
    const info = await serverInfo(db)
    const found = [server(info)]
    const { pending } = await migrate({ databaseUrl, dryRun: true })
    if (pending.length > 0)
      return [...found, failed('schema', `${pending.length} migrations to apply: run readback migrate`)]
    return [
      ...found,
      ok('schema', 'up to date'),
      partitions(info, now),
      rights(info),
      await deployed(db),
      await balance(db),
    ]
  } catch (error) {
    return [failed('database', describeFailure(error).message)]
  }
}

function server({ version, read_only }: ServerInfo): Finding {
  return read_only
    ? failed('database', `PostgreSQL ${version}, a read-only standby`)
    : ok('database', `PostgreSQL ${version}`)
}

function partitions({ partitions_until: until }: ServerInfo, now: Date): Finding {
  const detail = `there until ${until ?? 'never'}`
  const isEnough = until !== null && Date.parse(until) > now.getTime() + PARTITIONS_AHEAD_DAYS * DAY_MS
  return isEnough ? ok('partitions', detail) : warning('partitions', `${detail}: a running relay makes them ahead`)
}

function rights({ roles }: ServerInfo): Finding {
  return roles.length > 0
    ? ok('rights', roles.join(', '))
    : warning('rights', 'this user has none of the readback_* roles')
}

async function deployed(db: Database): Promise<Finding> {
  const contracts = await loadContracts(db)
  if (contracts.length === 0) return warning('contracts', 'none is deployed: run readback contracts deploy')
  const effects = new Set(contracts.map((contract) => contract.effect))
  return ok('contracts', `${effects.size} effects, ${contracts.length} versions`)
}

/** Rows that are gone from where everything had settled are seen only by counting all of them. */
async function balance(db: Database): Promise<Finding> {
  const { committed, unaccounted } = await books(db)
  if (unaccounted > 0) return failed('books', `${unaccounted} of ${committed} entries are lost`)
  const missing = await missingFromBooks(db, RECOUNT_PATIENCE_MS)
  if (missing === null)
    return ok('books', `${committed} entries; too many to count them all: select * from readback.books_recounted`)
  return missing > 0
    ? failed('books', `${missing} rows are missing that were there: somebody deleted them`)
    : ok('books', `${committed} entries, all accounted for`)
}

function brokers({ kafka }: Settings): Promise<Finding[]> {
  if (kafka === null) return Promise.resolve([ok('kafka', 'not used: KAFKA_BROKERS is not set')])
  return Promise.all(kafka.brokers.map(broker))
}

function broker(address: string): Promise<Finding> {
  const at = address.lastIndexOf(':')
  const socket = connect({ host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) })
  return new Promise<Finding>((resolve) => {
    socket.setTimeout(BROKER_PATIENCE_MS, () => resolve(failed('kafka', `${address} does not answer`)))
    socket.once('connect', () => resolve(ok('kafka', `${address} takes connections`)))
    socket.once('error', (error) => resolve(failed('kafka', `${address}: ${error.message}`)))
  }).finally(() => socket.destroy())
}

const ok = (check: string, detail: string): Finding => ({ check, result: 'ok', detail })
const warning = (check: string, detail: string): Finding => ({ check, result: 'warning', detail })
const failed = (check: string, detail: string): Finding => ({ check, result: 'failed', detail })

async function tryOnce<T>(work: () => T | Promise<T>): Promise<{ value: T } | { failed: string }> {
  try {
    return { value: await work() }
  } catch (error) {
    return { failed: error instanceof ConfigError ? error.problems.join('; ') : describeFailure(error).message }
  }
}
