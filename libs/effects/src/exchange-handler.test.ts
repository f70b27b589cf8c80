import { performance } from 'node:perf_hooks'
import type { RequestPlan } from '@readback/contract'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Exchange } from './exchange.ts'
import { ExchangeHandler } from './exchange-handler.ts'

const TIMEOUT_MS = 1_000

afterEach(() => vi.restoreAllMocks())

/** A request that gets its socket after so long; no timer has had its turn by then, as after a process stood still. */
function connectedAfter(ms: number) {
  const ended: Exchange[] = []
  const handler = new ExchangeHandler({
    plan: { timeoutMs: TIMEOUT_MS } as RequestPlan,
    signal: new AbortController().signal,
    maxBodyBytes: 100,
    resolve: (exchange) => ended.push(exchange),
  })
  const startedAt = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => startedAt + ms)
  return {
    ended,
    connect: () => handler.onConnect(() => {}),
    end: () => handler.onError(new Error('the test is over')),
  }
}

describe('a request that gets its socket', () => {
  it('in time is written', () => {
    const { ended, connect, end } = connectedAfter(TIMEOUT_MS / 2)
    connect()
    expect(ended).toEqual([])
    end()
    expect(ended).toMatchObject([{ requestSent: true }])
  })

  it('after its time is not written any more, though nobody has told it yet that it is over', () => {
    const { ended, connect } = connectedAfter(TIMEOUT_MS + 10)
    expect(connect).toThrow('must not be written')
    expect(ended).toMatchObject([{ requestSent: false, error: { code: 'deadline' } }])
  })
})
