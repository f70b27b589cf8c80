import { createRequire } from 'node:module'
import { describe, expect, it, vi } from 'vitest'
import { stopIdleTimer } from './idle-timer.ts'

describe('the request queue of kafkajs', () => {
  it('looks again only while requests are pending', () => {
    const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue')
    class Mended extends RequestQueue {}
    stopIdleTimer(Object.assign(Mended.prototype, {}))
    const timer = vi.spyOn(globalThis, 'setTimeout')
    const queue = Object.assign(Object.create(Mended.prototype), { pending: [], throttledUntil: -1 })
    queue.scheduleCheckPendingRequests()
    expect(timer).not.toHaveBeenCalled()
    queue.pending.push({})
    queue.scheduleCheckPendingRequests()
    expect(timer).toHaveBeenCalledTimes(1)
    clearTimeout(queue.throttleCheckTimeoutId)
    timer.mockRestore()
  })
})
