export { startEmbeddedPostgres } from './postgres/start-embedded-postgres.ts'
export type { PostgresOptions, PostgresServer } from './postgres/start-postgres.ts'
export { waitFor } from './wait-for.ts'
