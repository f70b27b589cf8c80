import { createInProcessDispatch } from '@readback/dispatch'
import { createHttpCaller, parseEgressAllow } from '@readback/effects'
import { createDatabaseClock, passOn, type Source } from '@readback/service-kit'
import { migrate } from '@readback/store'
import type { Observation } from '@readback/telemetry'
import { createTestDatabase, type TestDatabase, waitFor } from '@readback/testing'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { Service } from './service.ts'
import { type ServedSource, serveSource } from './source.ts'

const SOON = { withinMs: 20_000 }
const NOBODY = 'postgres://app@127.0.0.1:1/app'

const caller = createHttpCaller({ egress: nothing() })
afterAll(() => caller.close())

let served: ServedSource[] = []
let databases: TestDatabase[] = []
afterEach(async () => {
  await Promise.allSettled(served.map((source) => source.stop()))
  await Promise.all(databases.map((database) => database.drop()))
  served = []
  databases = []
})

function nothing() {
  const parsed = parseEgressAllow('')
  if (!parsed.ok) throw new Error('nothing is no address')
  return parsed.policy
}

async function database(migrated: boolean): Promise<string> {
  const created = await createTestDatabase({ migrated })
  databases.push(created)
  return created.url
}

/** As a process serves its databases: all at once. */
function serveAll(urls: Readonly<Record<string, string>>) {
  const sources = Object.entries(urls).map(([name, databaseUrl]): Source => ({ name, databaseUrl }))
  const service: Service = {
    name: 'all',
    roles: ['relay', 'worker', 'verifier'],
    contracts: 'deployed',
    settings: {
      sources,
      kafka: null,
      contractsFolder: './nowhere',
      logLevel: 'info',
      port: 0,
      drainMs: 1_000,
      egressAllow: '',
      leaseMs: 10_000,
      slots: 4,
      retentionMs: null,
      secret: () => undefined,
    },
  }
  const seen: Observation[] = []
  const telemetry = { observe: (observation: Observation) => void seen.push(observation), setLag: () => {} }
  served = sources.map((source) =>
    serveSource({
      service,
      source,
      dispatch: createInProcessDispatch(),
      caller,
      clock: createDatabaseClock(() => performance.now()),
      telemetry,
      reached: passOn,
      contracts: [],
    }),
  )
  return { seen, source: (name: string) => served.find((each) => each.name === name) }
}

describe('a database among several', () => {
  it('is worked on at once, whatever is wrong with the others', async () => {
    const { source } = serveAll({ orders: await database(true), billing: NOBODY, mail: await database(false) })
    await source('orders')?.started
    expect(['orders', 'billing', 'mail'].map((name) => source(name)?.isUp())).toEqual([true, false, false])
    await waitFor('reasons', () => !source('mail')?.notStarted()?.endsWith('yet'), SOON)
    expect(source('billing')?.notStarted()).toContain('not started: The database does not answer')
    expect(source('mail')?.notStarted()).toContain('Run `readback migrate` first.')
    expect(source('billing')?.callbacks()).toBeNull()
  })

  it('that is not migrated is worked on once it is', async () => {
    const url = await database(false)
    const { source, seen } = serveAll({ orders: url, billing: NOBODY })
    await waitFor('it to be told', () => seen.some(({ type }) => type === 'source_failed'), SOON)
    await migrate({ databaseUrl: url })
    await source('orders')?.started
    expect(source('orders')?.notStarted()).toBeNull()
    expect(seen).toContainEqual({ type: 'source_started' })
  })

  it('is left in order while others never came', async () => {
    const { source } = serveAll({ orders: await database(true), billing: NOBODY })
    await source('orders')?.started
    await Promise.all([source('orders')?.stop(), source('billing')?.stop()])
    expect(source('billing')?.isUp()).toBe(false)
  })
})

describe('a lone database', () => {
  it('that cannot be worked on is told at once, and not tried again', async () => {
    const { source, seen } = serveAll({ default: NOBODY })
    await expect(source('default')?.started).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(seen).toEqual([])
  })
})
