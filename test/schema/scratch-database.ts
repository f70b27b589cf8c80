import { randomUUID } from 'node:crypto'
import { migrate } from '@readback/store'
import pg from 'pg'

const SERVER_URL = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:24018/postgres'

export type ScratchDatabase = { url: string; drop(): Promise<void> }

export async function emptyDatabase(): Promise<ScratchDatabase> {
  const name = `scratch_${randomUUID().replaceAll('-', '')}`
  await onServer(`create database ${name}`)
  const url = new URL(SERVER_URL)
  url.pathname = name
  return { url: url.href, drop: () => onServer(`drop database ${name} with (force)`) }
}

export async function createTestDatabase(): Promise<ScratchDatabase> {
  const database = await emptyDatabase()
  await migrate({ databaseUrl: database.url })
  return database
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client(SERVER_URL)
  await client.connect()
  await client.query(statement).finally(() => client.end())
}
