export * from './observation.ts'
export * from './worker.ts'
