/** A broker and a database of this run's own, because it crashes them. */
import { type KafkaBroker, type PostgresServer, startEmbeddedPostgres, startKafka } from '@readback/testing'
import { runCommand } from '../world/product.ts'

export type Servers = {
  kafkaBrokers: string
  databaseUrl: string
  /** kill -9, and back after `awayMs`. */
  crashBroker(awayMs: number): Promise<void>
  /** An immediate shutdown: every session is cut, nothing is written out, and the log is recovered at the start. */
  crashPostgres(awayMs: number): Promise<void>
  stop(): Promise<void>
}

export async function startServers(rest: (ms: number) => Promise<void>): Promise<Servers> {
  // Without syncs: they matter when a machine crashes, and no machine does here.
  const starting = [startKafka(), startEmbeddedPostgres({ databaseName: 'soak', durable: false })] as const
  const [broker, postgres] = await Promise.all(starting)
  const migrated = await runCommand(['migrate'], { DATABASE_URL: postgres.url })
  if (migrated.exitCode !== 0) throw new Error(`The database was not migrated: ${migrated.stderr}`)
  return {
    kafkaBrokers: broker.brokers,
    databaseUrl: postgres.url,
    async crashBroker(awayMs) {
      await broker.kill9()
      await rest(awayMs)
      await broker.restart()
    },
    async crashPostgres(awayMs) {
      process.kill(postgres.pid, 'SIGQUIT')
      await rest(awayMs)
      await postgres.restart()
    },
    stop: () => stopBoth(broker, postgres),
  }
}

const stopBoth = async (broker: KafkaBroker, postgres: PostgresServer): Promise<void> =>
  void (await Promise.all([broker.stop(), postgres.stop()]))
