/** The real parts of one run: each is started when somebody first asks for it, once, and reported. */

import { type KafkaForTests, startKafkaForTests } from './kafka-for-tests.ts'
import { type PostgresForTests, startPostgresForTests } from './postgres-for-tests.ts'
import { reportPart } from './report-part.ts'

export interface RealParts {
  postgres(): Promise<PostgresForTests>
  kafka(): Promise<KafkaForTests>
  /** Stops what was started. */
  stop(): Promise<void>
}

export function realParts(): RealParts {
  const postgres = lazily('PostgreSQL', startPostgresForTests)
  const kafka = lazily('Kafka', startKafkaForTests)
  return {
    postgres: postgres.get,
    kafka: kafka.get,
    stop: async () => void (await Promise.all([postgres.stop(), kafka.stop()])),
  }
}

function lazily<T extends { from: string; stop(): Promise<void> }>(part: string, start: () => Promise<T>) {
  let started: Promise<T> | undefined
  return {
    get: () => (started ??= start().then(found(part), missing(part))),
    stop: async () => (await started?.catch(() => undefined))?.stop(),
  }
}

const found =
  (part: string) =>
  <T extends { from: string }>(started: T): T => {
    reportPart({ part, from: started.from })
    return started
  }

const missing =
  (part: string) =>
  (error: unknown): never => {
    reportPart({ part, missing: error instanceof Error ? error.message : String(error) })
    throw error
  }
