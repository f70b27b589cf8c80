/**
 * For vitest's `globalSetup: ['@readback/testing/vitest-global-setup']`: one PostgreSQL and one Kafka for all test
 * files of a run, started when the first of them asks.
 */
import { DESK_VARIABLE, type Desk, openDesk } from './real-parts/desk.ts'

let desk: Desk | undefined

export async function setup(): Promise<void> {
  // Each vitest project runs its own set-up, and one desk is enough.
  if (process.env[DESK_VARIABLE]) return
  desk = await openDesk()
  process.env[DESK_VARIABLE] = desk.url
}

export async function teardown(): Promise<void> {
  if (!desk) return
  delete process.env[DESK_VARIABLE]
  await desk.close()
  desk = undefined
}
