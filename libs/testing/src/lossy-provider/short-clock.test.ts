import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createShortClock } from './short-clock.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('does what was put off when its time has come, once', () => {
  const done: string[] = []
  const clock = createShortClock()
  clock.later(10, () => done.push('a'))
  vi.advanceTimersByTime(9)
  expect(done).toEqual([])
  vi.advanceTimersByTime(1)
  clock.letGo()
  expect(done).toEqual(['a'])
})

it('does at once what is let go, and never what was forgotten before', () => {
  const done: string[] = []
  const clock = createShortClock()
  clock.later(60_000, () => done.push('a'))
  clock.later(60_000, () => done.push('b'))()
  clock.letGo()
  vi.advanceTimersByTime(60_000)
  expect(done).toEqual(['a'])
})

it('puts off anew what is put off by what is let go', () => {
  const done: string[] = []
  const clock = createShortClock()
  clock.later(60_000, () => clock.later(60_000, () => done.push('next')))
  clock.letGo()
  expect(done).toEqual([])
  clock.letGo()
  expect(done).toEqual(['next'])
})
