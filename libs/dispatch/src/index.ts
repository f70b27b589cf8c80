export * from './dispatch.ts'
export { DispatchClosedError } from './dispatch-closed-error.ts'
export { createInProcessDispatch, type InProcessDispatchOptions } from './in-process-dispatch.ts'
export type { DispatchObservation, Observe } from './observation.ts'
