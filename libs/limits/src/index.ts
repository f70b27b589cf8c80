export * from './pace.ts'
