export * from './observation.ts'
export type { VerifierDeps, VerifierOptions } from './ports.ts'
export { type Callback, type CallbackDeps, type CallbackResult, receiveCallback } from './receive-callback.ts'
export * from './verifier.ts'
