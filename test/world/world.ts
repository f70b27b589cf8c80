/** A database, a provider of each class, deployed contracts, and the product's processes: all real, all of one test. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createTestDatabase,
  type FaultPlan,
  type FaultPlanName,
  type SpawnedLossyProvider,
  spawnLossyProvider,
  type TestDatabase,
  waitFor,
} from '@readback/testing'
import pg from 'pg'
import { type AtLeast, checkRun } from './checker.ts'
import { createProducer, type Producer } from './producer.ts'
import { type CommandResult, type Environment, type Role, type RoleProcess, runCommand, startRole } from './product.ts'
import { type ContractTerms, contractFor, PROVIDER_CLASSES, type ProviderClass } from './provider-class.ts'
import { readStories, type Story } from './story.ts'

export type ProviderSetup = {
  plan?: FaultPlan | FaultPlanName
  latencyMs?: number
  terms?: ContractTerms
}

export type WorldOptions = {
  providers?: Partial<Record<ProviderClass, ProviderSetup>>
  /** Contracts of providers that are not ours, as YAML. */
  contracts?: readonly string[]
  /** What their ${secret:NAME} stand for. */
  secrets?: Readonly<Record<string, string>>
  /** The same as modules. */
  modules?: readonly string[]
  /** Of a broker: the roles then run as processes of their own. */
  kafkaBrokers?: string
  /** Migrated, and the world's from now on. Default: one on the server that all tests share. */
  database?: TestDatabase
  /** What processes say goes into files in this folder. Default: it is kept in memory. */
  logs?: string
}

export type World = {
  pool: pg.Pool
  /** The name of the database in Kafka: worlds share a broker. */
  source: string
  producer: Producer
  provider(which: ProviderClass): SpawnedLossyProvider
  start(role: Role, environment?: Environment): Promise<RoleProcess>
  /** What is usual: one `all`; or, over Kafka, a relay, two workers and a verifier. */
  startUsual(): Promise<RoleProcess[]>
  run(...args: string[]): Promise<CommandResult>
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>
  stories(): Promise<Story[]>
  /** What each process said, one at a time: all of a long run would not fit into a string. */
  said(): Iterable<string>
  /** Throws if a promise was broken, or too little happened to say so. */
  check(atLeast: AtLeast): Promise<void>
  close(): Promise<void>
}

const SETTLED_WITHIN_MS = 90_000

export async function openWorld({
  providers: setups = {},
  contracts = [],
  secrets = {},
  modules = [],
  kafkaBrokers,
  database: own,
  logs,
}: WorldOptions): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'readback-world-'))
  const source = `world-${randomBytes(4).toString('hex')}`
  const [database, providers] = await Promise.all([own ?? createTestDatabase(), spawnProviders(setups)])
  const pool = new pg.Pool({ connectionString: database.url, max: 8 })
  // Dropping the database ends connections that are idle.
  pool.on('error', () => {})
  const environment = {
    DATABASE_URL: database.url,
    READBACK_CONTRACTS: writeContracts(join(folder, 'effects'), {
      yaml: [...ownContracts(providers, setups), ...contracts],
      mjs: modules,
    }),
    READBACK_EGRESS_ALLOW: '127.0.0.1/32',
    READBACK_LEASE: '6s',
    READBACK_DRAIN: '5s',
    READBACK_SOURCE: source,
    ...(kafkaBrokers && { KAFKA_BROKERS: kafkaBrokers }),
    ...Object.fromEntries(Object.entries(secrets).map(([name, value]) => [`READBACK_SECRET_${name}`, value])),
  }
  const producer = await createProducer(pool, folder)
  const processes: RoleProcess[] = []
  const run = (...args: string[]) => runCommand(args, environment)
  const deployed = await run('contracts', 'deploy')
  if (deployed.exitCode !== 0) throw new Error(`The contracts were not deployed: ${deployed.stderr}`)

  const start = async (role: Role, own: Environment = {}) => {
    const log = logs && join(logs, `${processes.length}-${role}.log`)
    const started = await startRole(role, { ...environment, ...own }, log)
    processes.push(started)
    return started
  }
  const stories = () => readStories(pool, producer.journal(), providers)
  return {
    pool,
    source,
    producer,
    provider: (which) => need(providers[which], `a ${which} provider`),
    start,
    startUsual: () => Promise.all(usual(kafkaBrokers !== undefined).map((role) => start(role))),
    run,
    settled: () => untilSettled(pool, producer),
    stories,
    said: () => outputOf(processes),
    async check(atLeast) {
      await checkRun({ pool, stories: await stories(), said: outputOf(processes) }, atLeast)
    },
    async close() {
      await Promise.all(processes.map((each) => each.stop()))
      await pool.end()
      await Promise.all([database.drop(), ...Object.values(providers).map((each) => each.stop())])
      rmSync(folder, { recursive: true })
    },
  }
}

function* outputOf(processes: readonly RoleProcess[]) {
  for (const each of processes) yield each.stdout() + each.stderr()
}

const usual = (overKafka: boolean): Role[] => (overKafka ? ['relay', 'worker', 'worker', 'verifier'] : ['all'])

type Spawned = Partial<Record<ProviderClass, SpawnedLossyProvider>>

async function spawnProviders(setups: NonNullable<WorldOptions['providers']>): Promise<Spawned> {
  const wanted = PROVIDER_CLASSES.filter((provider) => setups[provider])
  const spawned = await Promise.all(
    wanted.map(async (kind) => {
      const { plan = 'clean', latencyMs = 0, terms = {} } = setups[kind] ?? {}
      const options = { kind, plan, latencyMs, prepared: terms.prepared ?? false }
      return [kind, await spawnLossyProvider(options)] as const
    }),
  )
  return Object.fromEntries(spawned)
}

const ownContracts = (providers: Spawned, setups: NonNullable<WorldOptions['providers']>): string[] =>
  PROVIDER_CLASSES.flatMap((provider) => {
    const url = providers[provider]?.url
    return url ? [contractFor(provider, url, setups[provider]?.terms)] : []
  })

function writeContracts(folder: string, contracts: Readonly<Record<'yaml' | 'mjs', readonly string[]>>): string {
  mkdirSync(folder)
  for (const [kind, texts] of Object.entries(contracts)) {
    for (const [index, text] of texts.entries()) writeFileSync(join(folder, `${index}.${kind}`), text)
  }
  return folder
}

async function untilSettled(pool: pg.Pool, producer: Producer): Promise<void> {
  const committed = [...producer.journal().values()].filter(({ outcome }) => outcome === 'committed').length
  const nothingUnderWay = async () => {
    const { rows } = await pool.query<{ ended: number; all: number }>(
      `select count(*)::int as all, count(*) filter (where status <> 'in_progress')::int as ended from readback.effect`,
    )
    const [{ ended, all } = { ended: 0, all: 0 }] = rows
    return all >= committed && ended === all
  }
  try {
    await waitFor('nothing to be under way', nothingUnderWay, { withinMs: SETTLED_WITHIN_MS, everyMs: 50 })
  } catch (cause) {
    const { rows } = await pool.query<{ key: string; state: string; cause: string | null }>(
      `select key, state, cause from readback.effect where status = 'in_progress' order by key limit 20`,
    )
    const left = rows.map((entry) => `${entry.key}: ${entry.state} ${entry.cause ?? ''}`)
    throw new Error(`After ${SETTLED_WITHIN_MS} ms there is still under way:\n${left.join('\n')}`, { cause })
  }
}

function need<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`This world has no ${what}.`)
  return found
}
