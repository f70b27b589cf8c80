/**
 * A PostgreSQL server from npm: no installation, no root rights, nothing left behind.
 *
 *     const postgres = await startEmbeddedPostgres({ databaseName: 'app' })
 *     postgres.url            // postgres://postgres@127.0.0.1:23948/app
 *     await postgres.kill9()  // a crash
 *     await postgres.restart()
 *     await postgres.stop()
 */
import { embeddedBinaries } from './embedded-binaries.ts'
import { type PostgresOptions, type PostgresServer, startPostgres } from './start-postgres.ts'
import { unprivilegedUser } from './unprivileged-user.ts'

export async function startEmbeddedPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const user = await unprivilegedUser()
  return startPostgres({ binDir: await embeddedBinaries(user), user }, options)
}
