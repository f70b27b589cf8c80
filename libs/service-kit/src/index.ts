export { ConfigError } from './config-error.ts'
export { CRASH_POINTS, type CrashPoint, crashAt, passOn, type Reached } from './crash-point.ts'
export { createDatabaseClock, type DatabaseClock } from './database-clock.ts'
export { createDeadlines, type Deadlines } from './deadlines.ts'
export { formatDuration, parseDurationMs } from './duration.ts'
export { createGroupCommit, type GroupCommit, type GroupCommitOptions } from './group-commit.ts'
export { keepWorkYoung } from './keep-work-young.ts'
export { parseEnvironment } from './parse-environment.ts'
export {
  createPostHandler,
  type Post,
  type PostEndpoint,
  pathOf,
  type Refusal,
  type RequestHandler,
} from './post-endpoint.ts'
export type { Environment, ReadFile } from './read-files.ts'
export { createRest, type Rest, rest } from './rest.ts'
export {
  type CallerSettings,
  type CommandSettings,
  commandEnvironment,
  type KafkaSettings,
  LOG_LEVELS,
  type LogLevel,
  providerEnvironment,
  type RelaySettings,
  roleEnvironment,
} from './role-environment.ts'
export { type LoopFailed, type LoopOptions, runLoop } from './run-loop.ts'
export { type Ending, type Running, type RunOptions, runUntilStopped, type SignalSource } from './run-until-stopped.ts'
export type { Secrets } from './secrets.ts'
export { type Check, type HealthOptions, type HealthServer, serveHealth } from './serve-health.ts'
export { SESSION_LOST_MS, type Session, type SessionDeps, startSession } from './session.ts'
export { createSlots, type Slots } from './slots.ts'
export type { Source } from './sources.ts'
