export * from './pace.ts'
export * from './retry-budget.ts'
export * from './slot-wait.ts'
