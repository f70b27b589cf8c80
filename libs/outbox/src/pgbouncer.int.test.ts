import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deployContract, openDatabase } from '@readback/store'
import { createTestDatabase, freePort, type RunningProcess, startProcess, type TestDatabase } from '@readback/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineEffect, enqueue, enqueueMany, status } from './index.ts'

const isInstalled = spawnSync('pgbouncer', ['--version']).status === 0
const effect = defineEffect('invoice.issue', z.object({ n: z.number() }))

// Fewer connections to the server than clients: what one transaction leaves on a connection, another one meets.
const SERVER_CONNECTIONS = 2

describe.skipIf(!isInstalled)('through PgBouncer in transaction mode (skipped where there is no pgbouncer)', () => {
  let database: TestDatabase
  let folder: string
  let bouncer: RunningProcess
  let pool: pg.Pool

  beforeAll(async () => {
    database = await createTestDatabase()
    await deploy(database.url)
    folder = await mkdtemp(join(tmpdir(), 'readback-pgbouncer-'))
    await chmod(folder, 0o755)
    const port = await freePort()
    const config = join(folder, 'pgbouncer.ini')
    await writeFile(config, configFor(new URL(database.url), port))
    // It refuses to run as root.
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
    bouncer = await startProcess({ command: 'pgbouncer', args: [...user, config], readyWhen: /process up/ })
    pool = new pg.Pool({ connectionString: `postgres://postgres@127.0.0.1:${port}/app`, max: 20 })
  })

  afterAll(async () => {
    await pool?.end()
    await bouncer?.stop()
    await database?.drop()
    if (folder) await rm(folder, { recursive: true })
  })

  const inTransaction = async <T>(work: (tx: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect()
    await client.query('begin')
    try {
      return await work(client)
    } finally {
      await client.query('commit')
      client.release()
    }
  }

  it('enqueues, one and many, and answers for their keys', async () => {
    const rounds = Array.from({ length: 60 }, (_, n) => ({ tenant: 'acme', key: `k${n % 20}`, payload: { n: n % 20 } }))
    const answers = await Promise.all(rounds.map((intent) => inTransaction((tx) => enqueue(tx, effect, intent))))
    expect(answers.filter((answer) => answer.effect === 'created')).toHaveLength(20)
    const again = await inTransaction((tx) => enqueueMany(tx, effect, rounds.slice(0, 20)))
    expect(again.map((answer) => answer.effect)).toEqual(Array.from({ length: 20 }, () => 'noop'))
    expect(await status(pool, { tenant: 'acme', effect, key: 'k7' })).toMatchObject({ entry_id: again[7]?.entryId })
  })

  it('leaves nothing on a connection for the next transaction', async () => {
    const left = await pool.query(
      "select (select count(*) from pg_prepared_statements) as statements, current_setting('search_path') as path",
    )
    expect(left.rows).toEqual([{ statements: '0', path: '"$user", public' }])
  })
})

async function deploy(url: string): Promise<void> {
  const db = openDatabase({ url, applicationName: 'pgbouncer test' })
  await deployContract(db, { effect: effect.name, version: 1, hash: 'one', document: '{}', keyRetentionMs: 86_400_000 })
  await db.close()
}

const configFor = (server: URL, port: number) => `
[databases]
app = ${serverOf(server)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
`

function serverOf({ hostname, port, pathname, username, password }: URL): string {
  const words = [
    `host=${hostname}`,
    `port=${port || 5432}`,
    `dbname=${pathname.slice(1)}`,
    `user=${username || 'postgres'}`,
  ]
  return [...words, ...(password ? [`password=${decodeURIComponent(password)}`] : [])].join(' ')
}
