export type { RelayObservation } from './observation.ts'
export type { RelayDeps, RelayOptions } from './parts.ts'
export * from './relay.ts'
