import { describe, expect, it } from 'vitest'
import { createDatabaseClock } from './database-clock.ts'

describe("the database's clock", () => {
  it('goes on from what the database said, whatever the time of day is here', () => {
    let monotonicMs = 500
    const clock = createDatabaseClock(() => monotonicMs)
    monotonicMs = 520
    clock.heard(1_000_000, 500)
    expect(clock.nowMs()).toBe(1_000_010)
    monotonicMs = 1_520
    expect(clock.nowMs()).toBe(1_001_010)
  })

  it('follows the database when that was set', () => {
    const clock = createDatabaseClock(() => 0)
    clock.heard(1_000_000, 0)
    clock.heard(400_000, 0)
    expect(clock.nowMs()).toBe(400_000)
  })

  it('is that of the machine until a database was heard', () => {
    const before = Date.now()
    expect(createDatabaseClock(() => 0).nowMs()).toBeGreaterThanOrEqual(before)
  })
})
