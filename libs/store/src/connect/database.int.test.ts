import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createTestDatabase, type TestDatabase, waitFor } from '@readback/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from './database.ts'
import { isConnectionLost } from './repeat-if-lost.ts'

const PATIENCE_MS = 3_000
/** A server that is busy elsewhere may take longer for a connection than the patience that is tested here; then it is asked again. */
const CONNECTED = { withinMs: 20_000 }

let testDatabase: TestDatabase
let db: Database | undefined
beforeAll(async () => {
  testDatabase = await createTestDatabase({ migrated: false })
})
afterEach(async () => {
  await db?.close()
})
afterAll(() => testDatabase.drop())

function open(url: string): Database {
  db = openDatabase({ url, applicationName: 'patience', connectionsMax: 1, patienceMs: PATIENCE_MS })
  return db
}

/** Takes connections and says nothing, as a machine does whose disk is gone. */
async function silentServer(): Promise<{ url: string; close(): void }> {
  const sockets: Socket[] = []
  const server: Server = createServer((socket) => void sockets.push(socket))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `postgres://app@127.0.0.1:${port}/app`,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

describe('a database that is waited for with patience', () => {
  it('is given up when it takes a connection and says nothing', async () => {
    const silent = await silentServer()
    const asked = open(silent.url)
    expect(await failureOf(asked.pool.query('select 1'))).toBeInstanceOf(Error)
    expect(await failureOf(asked.kysely.selectNoFrom((eb) => eb.lit(1).as('one')).execute())).toBeInstanceOf(Error)
    silent.close()
  })

  it('is given up when it does not answer a statement, whose connection is then not used again', async () => {
    const asked = open(testDatabase.url)
    const session = async () => (await asked.pool.query('select pg_backend_pid() as id')).rows[0].id
    const first = await waitFor('a session', session, CONNECTED)
    const late = await failureOf(asked.pool.query('select pg_sleep(60)'))
    // Nothing was said by the server, so nothing is known about what it did.
    expect(isConnectionLost(late)).toBe(true)
    expect(await waitFor('another session', session, CONNECTED)).not.toBe(first)
  })

  it('is given up within a transaction, and the statements behind it with it', async () => {
    const asked = open(testDatabase.url)
    const client = await waitFor('a session', () => asked.pool.connect(), CONNECTED)
    const statements = ['begin', 'select pg_sleep(60)', 'select 1'].map((text) => failureOf(client.query(text)))
    const [, late, behind] = await Promise.all(statements)
    client.release(true)
    expect([late, behind].every(isConnectionLost)).toBe(true)
    const one = async () => (await asked.pool.query('select 1 as one')).rows
    expect(await waitFor('an answer', one, CONNECTED)).toEqual([{ one: 1 }])
  })
})
