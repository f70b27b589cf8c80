/** A server from the PostgreSQL that this system has installed: Debian's newest, or the one on the PATH. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { type PostgresOptions, type PostgresServer, startPostgres } from './start-postgres.ts'
import { unprivilegedUser } from './unprivileged-user.ts'

export async function startLocalPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const binDir = await localBinaries()
  if (!binDir) throw new Error('No PostgreSQL server is installed on this system.')
  return startPostgres({ binDir, user: await unprivilegedUser() }, options)
}

const DEBIAN_HOME = '/usr/lib/postgresql'

async function localBinaries(): Promise<string | undefined> {
  const versions = await readdir(DEBIAN_HOME).catch(() => [])
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN_HOME, version, 'bin'))
  const onPath = (process.env['PATH'] ?? '').split(delimiter)
  return [...newestFirst, ...onPath].find((dir) => existsSync(join(dir, 'postgres')) && existsSync(join(dir, 'initdb')))
}
