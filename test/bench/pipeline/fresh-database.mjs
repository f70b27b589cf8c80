import pg from 'pg'

/** An empty database of this name on the server; resolves with its URL. */
export async function freshDatabase(serverUrl, name) {
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  await admin.query(`drop database if exists ${name} with (force)`)
  await admin.query(`create database ${name}`)
  await admin.end()
  const fresh = new URL(serverUrl)
  fresh.pathname = `/${name}`
  return fresh.href
}
