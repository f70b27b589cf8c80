// Databases of a server that a bench has to itself.
import { migrate } from '@readback/store'
import pg from 'pg'

export function urlOf(serverUrl, database) {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

/** A new one, migrated; one that is there by this name goes. Resolves with its URL. */
export async function createDatabase(serverUrl, database) {
  await withClient(serverUrl, async (admin) => {
    await admin.query(`drop database if exists ${database} with (force)`)
    await admin.query(`create database ${database}`)
  })
  const databaseUrl = urlOf(serverUrl, database)
  await migrate({ databaseUrl })
  return databaseUrl
}

/** A connection for as long as `work` takes. */
async function withClient(url, work) {
  const client = await connect(url)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export async function connect(url) {
  const client = new pg.Client(url)
  await client.connect()
  return client
}
