/** Where the tests' PostgreSQL comes from. READBACK_TEST_POSTGRES=url|docker|local|embedded forces one source. */
import { randomBytes } from 'node:crypto'
import { startEmbeddedPostgres } from '../postgres/start-embedded-postgres.ts'
import { startLocalPostgres } from '../postgres/start-local-postgres.ts'
import type { PostgresServer } from '../postgres/start-postgres.ts'
import { onServer } from '../test-database/on-server.ts'
import { needImage } from './docker.ts'
import { firstThatWorks, type Sources } from './first-that-works.ts'

const IMAGE = 'postgres:18'

export interface PostgresForTests {
  /** Of a database in which others may be created. */
  url: string
  /** A database with the product's schema, to be cloned. */
  template: string
  /** For people: which server this is. */
  from: string
  stop(): Promise<void>
}

interface Server {
  url: string
  stop(): Promise<void>
}

export async function startPostgresForTests(): Promise<PostgresForTests> {
  const sources: Sources<Server & { source: string }> = {
    url: async () => ({ ...givenServer(), source: 'TEST_DATABASE_URL' }),
    docker: async () => ({ ...(await inContainer()), source: 'Docker' }),
    local: async () => ({ ...(await onDisk(startLocalPostgres)), source: 'installed here' }),
    embedded: async () => ({ ...(await onDisk(startEmbeddedPostgres)), source: 'embedded' }),
  }
  const { url, stop, source } = await firstThatWorks('PostgreSQL', sources, process.env['READBACK_TEST_POSTGRES'])
  const [version] = await onServer<{ server_version: string }>(url, 'show server_version')
  const template = await createTemplate(url)
  return {
    url,
    template,
    from: `PostgreSQL ${version?.server_version}, ${source}`,
    async stop() {
      await onServer(url, `alter database ${template} is_template false`)
      await onServer(url, `drop database ${template} with (force)`)
      await stop()
    },
  }
}

function givenServer(): Server {
  const url = process.env['TEST_DATABASE_URL']
  if (!url) throw new Error('TEST_DATABASE_URL is not set')
  return { url, stop: async () => {} }
}

async function inContainer(): Promise<Server> {
  await needImage(IMAGE)
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql')
  const fast = ['postgres', '-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'max_connections=200']
  const container = await new PostgreSqlContainer(IMAGE).withCommand(fast).start()
  return {
    url: container.getConnectionUri(),
    stop: async () => void (await container.stop()),
  }
}

async function onDisk(start: (options: { durable: boolean }) => Promise<PostgresServer>): Promise<Server> {
  const server = await start({ durable: false })
  return { url: server.url, stop: () => server.stop() }
}

/** Under a name of its own: several runs may share the server that TEST_DATABASE_URL names. */
async function createTemplate(url: string): Promise<string> {
  const { migrate } = await import('@readback/store')
  const name = `readback_template_${randomBytes(6).toString('hex')}`
  await onServer(url, `create database ${name}`)
  const database = new URL(url)
  database.pathname = name
  await migrate({ databaseUrl: database.href })
  await onServer(url, `alter database ${name} is_template true allow_connections false`)
  return name
}
