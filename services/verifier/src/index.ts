export * from './observation.ts'
export type { VerifierDeps, VerifierOptions } from './ports.ts'
export * from './verifier.ts'
