/**
 * For vitest's `globalSetup: ['@readback/testing/vitest-global-setup']`: one PostgreSQL and one Kafka for all test
 * files of a run, started when the first of them asks.
 */
import { DESK_VARIABLE, openDesk } from './real-parts/desk.ts'

export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  // Each vitest project runs its own set-up, and one desk is enough.
  if (process.env[DESK_VARIABLE]) return undefined
  const desk = await openDesk()
  process.env[DESK_VARIABLE] = desk.url
  return async () => {
    delete process.env[DESK_VARIABLE]
    await desk.close()
  }
}
