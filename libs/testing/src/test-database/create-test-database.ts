/**
 * A database for one test file, cloned from a migrated template within milliseconds:
 *
 *     const database = await createTestDatabase()
 *     afterAll(() => database.drop())
 */
import { randomBytes } from 'node:crypto'
import { askForPostgres } from '../real-parts/ask.ts'
import { onServer } from './on-server.ts'

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

export interface TestDatabaseOptions {
  /** False for a database with nothing in it. Default true. */
  migrated?: boolean
}

export async function createTestDatabase({ migrated = true }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = await askForPostgres()
  const name = `readback_test_${randomBytes(8).toString('hex')}`
  await onServer(server.url, `create database ${name} template ${migrated ? server.template : 'template0'}`)
  const url = new URL(server.url)
  url.pathname = name
  return {
    url: url.href,
    drop: () => dropDatabase(server.url, name),
  }
}

/**
 * Without force first: the server then waits up to 5 s for others to leave. The sockets of a pool that was just ended
 * may still be open, and a client whose session is cut off throws where nobody can catch it.
 */
async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  try {
    await onServer(serverUrl, `drop database if exists ${name}`)
  } catch {
    await onServer(serverUrl, `drop database if exists ${name} with (force)`)
  }
}
