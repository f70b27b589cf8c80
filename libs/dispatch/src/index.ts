export * from './dispatch.ts'
