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

  it('does not tell who no longer waits, whoever came before and after him, and however often he says so', () => {
    for (const gone of [0, 1, 2, 3]) {
      const controller = new AbortController()
      const stops = Array.from({ length: 4 }, () => vi.fn<() => void>())
      const forgets = stops.map((stop) => onAbort(controller.signal, stop))
      forgets[gone]?.()
      forgets[gone]?.()
      controller.abort()
      expect(stops.map((stop) => stop.mock.calls.length)).toEqual(stops.map((_, nth) => (nth === gone ? 0 : 1)))
    }
  })

  it('tells everybody, also where one who is told no longer waits', () => {
    const controller = new AbortController()
    const told: number[] = []
    const forgets = [0, 1, 2].map((nth) =>
      onAbort(controller.signal, () => {
        told.push(nth)
        forgets[nth]?.()
      }),
    )
    controller.abort()
    expect(told).toEqual([0, 1, 2])
  })
})
