import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDeadlines, DEADLINE_STEP_MS } from './deadlines.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const deadlines = () => {
  const startedMs = Date.now()
  return createDeadlines(() => Date.now() - startedMs)
}

describe('deadlines', () => {
  it('abort no later than at their time, and a step earlier at most', () => {
    const { signal } = deadlines()
    const found = [1_000, 1_030, 1_099].map((untilMs) => signal(untilMs))
    vi.advanceTimersByTime(1_000 - DEADLINE_STEP_MS)
    expect(found.map(({ aborted }) => aborted)).toEqual([false, false, false])
    vi.advanceTimersByTime(DEADLINE_STEP_MS)
    expect(found.map(({ aborted }) => aborted)).toEqual([true, true, true])
  })

  it('are shared by what ends within one step, and only by that', () => {
    const { signal } = deadlines()
    expect(signal(1_001)).toBe(signal(1_099))
    expect(signal(1_099)).not.toBe(signal(1_100))
  })

  it('have passed already where there is no time left', () => {
    expect(deadlines().signal(50).aborted).toBe(true)
    expect(deadlines().signal(-5).aborted).toBe(true)
  })

  it('leave one timer a step, and none behind', () => {
    const { signal } = deadlines()
    for (let untilMs = 1_000; untilMs < 1_300; untilMs += 1) signal(untilMs)
    expect(vi.getTimerCount()).toBe(3)
    vi.advanceTimersByTime(2_000)
    expect(vi.getTimerCount()).toBe(0)
  })
})
