export * from './pace.ts'
export * from './retry-budget.ts'
