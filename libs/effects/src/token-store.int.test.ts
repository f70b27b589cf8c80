import type { TokenPlan } from '@readback/contract'
import { afterEach, describe, expect, it } from 'vitest'
import { parseEgressAllow } from './egress.ts'
import { createHttpCaller } from './http-caller.ts'
import { post, serveHttp } from './testing/server.ts'
import { createTokenStore } from './token-store.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** A server that gives numbered tokens of this life, and a clock that only the test moves. */
async function world(expiresIn: unknown, lifetimeMs: number | null = null) {
  let given = 0
  const server = await serveHttp((_, response) => {
    given += 1
    response.end(JSON.stringify({ access_token: `t${given}`, expires_in: expiresIn }))
  })
  const allowed = parseEgressAllow('127.0.0.1')
  if (!allowed.ok) throw new Error('bad policy')
  const caller = createHttpCaller({ egress: allowed.policy })
  stops.push(caller.close, server.stop)
  let nowMs = 0
  const store = createTokenStore({ send: caller.send, monotonicMs: () => nowMs, now: () => nowMs })
  const plan = (id: string): TokenPlan => ({
    kind: 'token',
    id,
    request: post(server.port),
    rules: {
      take: { pointer: ['access_token'] },
      give: { header: 'authorization', before: 'Bearer ', after: '' },
      expiresIn: ['expires_in'],
      lifetimeMs,
    },
  })
  const tokenAt = async (ms: number, denied?: string, id = 'a') => {
    nowMs = ms
    const grant = await store.grant(plan(id), denied)
    return grant.ok ? grant.token : grant.code
  }
  return { tokenAt }
}

describe('a token', () => {
  it.each([
    ['3600 seconds', 3_600, 3_569_999, 3_570_001],
    ['3600 seconds in a text', '3600', 3_569_999, 3_570_001],
    ['8 seconds', 8, 5_999, 6_001],
    ['ten years, which nobody believes', 315_360_000, 30 * 86_400_000 - 30_001, 30 * 86_400_000],
  ])('of %s is renewed before it ends', async (_, expiresIn, stillMs, thenMs) => {
    const { tokenAt } = await world(expiresIn)
    expect([await tokenAt(0), await tokenAt(stillMs), await tokenAt(thenMs)]).toEqual(['t1', 't1', 't2'])
  })

  it.each([[null], [0], [-5], ['soon'], [{}], [[3600]]])('of %j lives until it is denied', async (expiresIn) => {
    const { tokenAt } = await world(expiresIn)
    expect([await tokenAt(0), await tokenAt(1e12), await tokenAt(1e12, 't1')]).toEqual(['t1', 't1', 't2'])
  })

  it('that does not say how long it lives takes it from the contract', async () => {
    const { tokenAt } = await world(null, 100_000)
    expect([await tokenAt(0), await tokenAt(74_999), await tokenAt(75_001)]).toEqual(['t1', 't1', 't2'])
  })

  it('that was denied to one and renewed by another is not renewed again', async () => {
    const { tokenAt } = await world(3_600)
    await tokenAt(0)
    expect(await tokenAt(1, 't1')).toBe('t2')
    expect(await tokenAt(2, 't1')).toBe('t2')
  })

  it('is one of a thousand that are held; beyond that the oldest is asked for again', async () => {
    const { tokenAt } = await world(3_600)
    for (let tenant = 0; tenant <= 1_000; tenant += 1) await tokenAt(0, undefined, `tenant-${tenant}`)
    expect(await tokenAt(0, undefined, 'tenant-1000')).toBe('t1001')
    expect(await tokenAt(0, undefined, 'tenant-0')).toBe('t1002')
  })
})
