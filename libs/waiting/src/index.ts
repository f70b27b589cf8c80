export * from './on-abort.ts'
