// Databases of a server that a bench has to itself.
import { migrate } from '@readback/store'
import pg from 'pg'
import { freshDatabase } from '../pipeline/fresh-database.mjs'

export function urlOf(serverUrl, database) {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

/** A new one, migrated; one that is there by this name goes. Resolves with its URL. */
export async function createDatabase(serverUrl, database) {
  const databaseUrl = await freshDatabase(serverUrl, database)
  await migrate({ databaseUrl })
  return databaseUrl
}

export async function dropDatabase(serverUrl, database) {
  const admin = await connect(serverUrl)
  await admin.query(`drop database ${database} with (force)`)
  await admin.end()
}

export async function connect(url) {
  const client = new pg.Client(url)
  await client.connect()
  return client
}
