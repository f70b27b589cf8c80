import { type Database, openDatabase } from '@readback/store'
import { createTestDatabase } from '@readback/testing'
import { beforeEach, expect, it } from 'vitest'
import { findEndedJob } from './find-ended.ts'

let db: Database
let observed: object[]

beforeEach(async () => {
  const database = await createTestDatabase()
  db = openDatabase({ url: database.url, applicationName: 'find ended' })
  observed = []
  return async () => {
    await db.close()
    await database.drop()
  }
})

const run = () =>
  findEndedJob.run({
    db,
    retentionMs: null,
    wake: { has: () => true, done: () => {} },
    observe: (observation) => observed.push(observation),
  })

it('goes on where its last round ended, and starts anew at the end', async () => {
  // Of entries that are not there, so that nobody waits: each is to be cleared away.
  await db.pool.query(
    'insert into readback.blocker select gen_random_uuid(), gen_random_uuid() from generate_series(1, 1500)',
  )
  expect([await run(), await run(), await run()]).toEqual([1_000, 500, 0])
  expect(observed).toEqual([1_000, 500].map((count) => ({ type: 'lost_marks_found', count })))
})
