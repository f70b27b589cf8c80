import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createTestDatabase,
  type SpawnedLossyProvider,
  spawnLossyProvider,
  type TestDatabase,
  waitFor,
} from '@readback/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dispatches } from '../world/dispatches.ts'
import { createProducer, intentsFor, type Producer } from '../world/producer.ts'
import { type Environment, type RoleProcess, runCommand, startRole } from '../world/product.ts'
import { contractFor } from '../world/provider-class.ts'
import { startTcpProxy, type TcpProxy, throughProxy } from '../world/tcp-proxy.ts'

const SOON = { withinMs: 40_000, everyMs: 50 }
/** Beside a dead one an effect may take as long as ever; what waits for the dead one takes until that is given up, or back. */
const AS_EVER = { times: 4, ms: 5_000 }
const INTENTS = 20

type Line = { database: TestDatabase; proxy: TcpProxy; pool: pg.Pool; producer: Producer }

async function openLine(folder: string): Promise<Line> {
  const database = await createTestDatabase()
  const { hostname, port } = new URL(database.url)
  const proxy = await startTcpProxy({ host: hostname, port: Number(port || 5432) })
  const pool = new pg.Pool({ connectionString: database.url, max: 4 })
  pool.on('error', () => {})
  mkdirSync(folder)
  return { database, proxy, pool, producer: await createProducer(pool, folder) }
}

async function closeLine({ database, proxy, pool }: Line): Promise<void> {
  await Promise.all([proxy.close(), pool.end()])
  await database.drop()
}

const all = async ({ pool }: Line, condition = 'true'): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from readback.effect where ${condition}`,
  )
  return rows[0]?.count ?? 0
}
const done = (line: Line) => all(line, "status = 'done'")

const metricsOf = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
const down = (source: string) => `readback_source_up{source="${source}"} 0`

describe.each(await dispatches())('two databases served by the same processes, $over,', ({ kafkaBrokers }) => {
  const suffix = randomBytes(3).toString('hex')
  const [ORDERS, BILLING] = [`orders-${suffix}`, `billing.${suffix}`] as const
  let folder: string
  let provider: SpawnedLossyProvider
  let orders: Line
  let billing: Line
  let environment: Environment
  let processes: RoleProcess[] = []
  let deployed: unknown

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'readback-sources-'))
    provider = await spawnLossyProvider({ kind: 'keyed', plan: 'lost-replies', latencyMs: 20 })
    ;[orders, billing] = await Promise.all([openLine(join(folder, 'orders')), openLine(join(folder, 'billing'))])
    mkdirSync(join(folder, 'effects'))
    const contract = contractFor('keyed', provider.url).replace(
      'key: { in: header',
      'key: { of: source_and_key, in: header',
    )
    writeFileSync(join(folder, 'effects', 'keyed.yaml'), contract)
    environment = {
      READBACK_SOURCES: `${ORDERS},${BILLING}`,
      [`DATABASE_URL_ORDERS_${suffix.toUpperCase()}`]: throughProxy(orders.database.url, orders.proxy),
      [`DATABASE_URL_BILLING_${suffix.toUpperCase()}`]: throughProxy(billing.database.url, billing.proxy),
      READBACK_CONTRACTS: join(folder, 'effects'),
      READBACK_EGRESS_ALLOW: '127.0.0.1/32',
      READBACK_LEASE: '6s',
      READBACK_DRAIN: '5s',
      ...(kafkaBrokers && { KAFKA_BROKERS: kafkaBrokers }),
    }
    deployed = (await runCommand(['contracts', 'deploy', '--json'], environment)).json()
  }, 60_000)
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.stop()))
    await Promise.all([closeLine(orders), closeLine(billing), provider.stop()])
    rmSync(folder, { recursive: true })
  }, 60_000)

  /** The same keys of the same tenants: two intents each. */
  const commit = (name: string) =>
    Promise.all([orders, billing].map(({ producer }) => producer.commit(intentsFor('keyed', name, INTENTS))))
  const settled = (line: Line, count: number) =>
    waitFor('all to be done', async () => (await done(line)) === count, SOON)
  const ready = async () => {
    const texts = processes.map(async ({ port }) => (await fetch(`http://127.0.0.1:${port}/readyz?verbose`)).text())
    return (await Promise.all(texts)).map((text) => text.split('\n'))
  }
  const slowestMs = async ({ pool }: Line, name: string) => {
    const { rows } = await pool.query<{ ms: number }>(
      `select extract(epoch from max(settled_at - committed_at))::float8 * 1000 as ms
       from readback.effect where key like $1 and status = 'done'`,
      [`${name}-%`],
    )
    return rows[0]?.ms ?? Number.POSITIVE_INFINITY
  }

  it('are given the same contracts', () => {
    const both = [ORDERS, BILLING].map((source) => ({ source, ok: true, effect: 'created' }))
    expect(deployed).toMatchObject({ effect: 'created', data: { sources: both } })
  })

  it('start with the one that answers, and take the other up when it does', async () => {
    orders.proxy.set('hang')
    const roles = kafkaBrokers ? (['relay', 'worker', 'verifier'] as const) : (['all'] as const)
    processes = await Promise.all(roles.map((role) => startRole(role, environment)))
    for (const checks of await ready()) {
      expect(checks).toContainEqual(`[+] source ${BILLING}`)
      expect(checks).toContainEqual(expect.stringContaining(`[-] source ${ORDERS}: not started`))
    }
    await commit('early')
    await settled(billing, INTENTS)
    expect(await done(orders)).toBe(0)
    const isTold = (text: string) => text.includes(down(ORDERS)) && !text.includes(down(BILLING))
    for (const { port } of processes)
      await waitFor('the metrics to tell', async () => isTold(await metricsOf(port)), SOON)
    orders.proxy.set('through')
    await waitFor(
      'both to be worked on',
      async () => (await ready()).flat().every((line) => !line.startsWith('[-]')),
      SOON,
    )
    await commit('alive')
    for (const line of [orders, billing]) await settled(line, 2 * INTENTS)
  }, 90_000)

  it.each(['cut', 'hang'] as const)(
    'go on with one while the line to the other is: %s',
    async (state) => {
      const before = await done(billing)
      await commit(`under-way-${state}`)
      orders.proxy.set(state)
      await commit(state)
      await settled(billing, before + 2 * INTENTS)
      const asEverMs = AS_EVER.times * (await slowestMs(billing, 'alive')) + AS_EVER.ms
      expect(await slowestMs(billing, state)).toBeLessThan(asEverMs)
      for (const { readyz } of processes) expect(await readyz()).toBe(true)
      expect(await all(orders, `key like '${state}-%' and status = 'done'`)).toBe(0)
      orders.proxy.set('through')
      await settled(orders, before + 2 * INTENTS)
    },
    90_000,
  )

  it('made each of them happen once, and settled each in its own database', async () => {
    const names = ['early', 'alive', 'under-way-cut', 'cut', 'under-way-hang', 'hang']
    const keys = names.flatMap((name) => intentsFor('keyed', name, INTENTS).map(({ key }) => key))
    const expected = [ORDERS, BILLING].flatMap((source) => keys.map((key) => `${source}/${key}`))
    const made = (await provider.effects()).map(({ key }) => key)
    expect(made.toSorted()).toEqual(expected.toSorted())
    for (const { pool } of [orders, billing]) {
      const { rows } = await pool.query('select committed::int, settled::int, unaccounted::int from readback.books')
      expect(rows).toEqual([{ committed: keys.length, settled: keys.length, unaccounted: 0 }])
    }
  })

  it('are told apart in metrics, lines and commands', async () => {
    const counts = await Promise.all(processes.map(({ port }) => metricsOf(port)))
    for (const source of [ORDERS, BILLING]) {
      expect(counts.join('')).toMatch(new RegExp(`readback_settled_total{.*source="${source}"} [1-9]`))
      expect(processes.map((each) => each.stderr()).join('')).toContain(`"source":"${source}"`)
    }
    const status = ['status', 'invoice.issue', 'cut-keyed-1', '--tenant', 'acme', '--json', '--source', ORDERS]
    expect((await runCommand(status, environment)).json()).toMatchObject({ status: 'done' })
  }, 90_000)
})
