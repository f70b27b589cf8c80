export * from './observation.ts'
export type { WorkerDeps, WorkerOptions } from './ports.ts'
export * from './worker.ts'
