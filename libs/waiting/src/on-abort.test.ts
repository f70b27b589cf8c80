import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { onAbort } from './on-abort.ts'

describe('a signal', () => {
  it('tells everybody who waits for it, by one listener', () => {
    const controller = new AbortController()
    const stops = Array.from({ length: 50 }, () => vi.fn<() => void>())
    for (const stop of stops) onAbort(controller.signal, stop)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    controller.abort()
    for (const stop of stops) expect(stop).toHaveBeenCalledTimes(1)
  })

  it('does not tell who no longer waits', () => {
    const controller = new AbortController()
    const stop = vi.fn<() => void>()
    onAbort(controller.signal, stop)()
    controller.abort()
    expect(stop).not.toHaveBeenCalled()
  })
})
