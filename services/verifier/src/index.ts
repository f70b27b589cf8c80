export * from './observation.ts'
export * from './verifier.ts'
