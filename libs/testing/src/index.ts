export { type Journal, type JournalLine, openJournal, type ProducerOutcome, readJournal } from './journal.ts'
export { prepareKafka } from './kafka/prepare-kafka.ts'
export { type KafkaBroker, type KafkaOptions, startKafka } from './kafka/start-kafka.ts'
export type { Behaviour, OnRepeat, ProviderKind } from './lossy-provider/behaviour.ts'
export { type CallBackTo, type CalledBack, signedByStandardWebhooks } from './lossy-provider/call-back.ts'
export type { Effect } from './lossy-provider/effects.ts'
export {
  type DetailedFault,
  FAULTS,
  type Fault,
  type FaultDetails,
  type FaultName,
  type RetryAfter,
} from './lossy-provider/fault.ts'
export { checkPlan, type FaultPlan, type FaultScript, faultFor, withSeed } from './lossy-provider/fault-plan.ts'
export { FAULT_PLANS, type FaultPlanName, isFaultPlanName } from './lossy-provider/fault-plans.ts'
export { isWrite, type LedgerEntry, type LedgerFilter, maxCallsInWindow } from './lossy-provider/ledger.ts'
export { LESSONS, type LessonName, lessonCollections } from './lossy-provider/lessons.ts'
export type { LossyProvider } from './lossy-provider/lossy-provider.ts'
export type { Clock, LossyProviderOptions } from './lossy-provider/options.ts'
export { createShortClock, type ShortClock } from './lossy-provider/short-clock.ts'
export {
  lossyProviderAt,
  type SpawnedLossyProvider,
  spawnLossyProvider,
} from './lossy-provider/spawn-lossy-provider.ts'
export { startLossyProvider } from './lossy-provider/start-lossy-provider.ts'
export { startEmbeddedPostgres } from './postgres/start-embedded-postgres.ts'
export { startLocalPostgres } from './postgres/start-local-postgres.ts'
export type { PostgresOptions, PostgresServer } from './postgres/start-postgres.ts'
export { freePort } from './process/free-port.ts'
export { type Exit, type ProcessOptions, type RunningProcess, startProcess } from './process/start-process.ts'
export { type TestKafka, testKafka } from './real-parts/test-kafka.ts'
export {
  createTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from './test-database/create-test-database.ts'
export { waitFor } from './wait-for.ts'
