import { describe, expect, it, vi } from 'vitest'
import { createRest, rest } from './rest.ts'

describe('a rest', () => {
  it('takes its time', async () => {
    vi.useFakeTimers()
    let over = false
    const resting = rest(1_000, new AbortController().signal).then(() => {
      over = true
    })
    await vi.advanceTimersByTimeAsync(999)
    expect(over).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(over).toBe(true)
    await resting
    vi.useRealTimers()
  })

  it('ends at once when the signal aborts, and leaves no timer behind', async () => {
    vi.useFakeTimers()
    const controller = new AbortController()
    const resting = Promise.all([rest(60_000, controller.signal), rest(60_000, controller.signal)])
    expect(vi.getTimerCount()).toBe(2)
    controller.abort()
    await resting
    expect(vi.getTimerCount()).toBe(0)
    await rest(60_000, controller.signal)
    vi.useRealTimers()
  })

  it('ends when it is woken, and leaves no timer behind; the next one takes its time again', async () => {
    vi.useFakeTimers()
    const { rest: restUntil, wake } = createRest()
    const { signal } = new AbortController()
    const first = restUntil(60_000, signal)
    wake()
    await first
    expect(vi.getTimerCount()).toBe(0)
    const second = restUntil(60_000, signal)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(60_000)
    await second
    vi.useRealTimers()
  })

  it('is not begun by one who was woken while he was at work, once', async () => {
    vi.useFakeTimers()
    const { rest: restUntil, wake } = createRest()
    const { signal } = new AbortController()
    wake()
    wake()
    await restUntil(60_000, signal)
    void restUntil(60_000, signal)
    expect(vi.getTimerCount()).toBe(1)
    vi.useRealTimers()
  })
})
