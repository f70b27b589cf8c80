export * from './outcome.ts'
export * from './verdict.ts'
