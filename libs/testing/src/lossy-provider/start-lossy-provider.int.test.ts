import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '../wait-for.ts'
import type { Fault } from './fault.ts'
import type { LossyProvider } from './lossy-provider.ts'
import type { LossyProviderOptions } from './options.ts'
import { spawnLossyProvider } from './spawn-lossy-provider.ts'
import { startLossyProvider } from './start-lossy-provider.ts'

const running: LossyProvider[] = []
const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((provider) => provider.stop()))
  await Promise.all(closing.splice(0).map((close) => close()))
})

async function start(options: LossyProviderOptions = {}): Promise<LossyProvider> {
  const provider = await startLossyProvider(options)
  running.push(provider)
  return provider
}

const startWith = (fault: Fault, options: LossyProviderOptions = {}) =>
  start({ ...options, plan: { writes: { byKey: { k: [fault] } } } })

const PATIENCE_MS = 200
const SOON = { withinMs: 10_000 }

function post({ url }: LossyProvider, body: object, key = 'k'): Promise<Response> {
  return fetch(`${url}/v1/invoices`, {
    method: 'POST',
    headers: { 'idempotency-key': key },
    body: JSON.stringify(body),
    redirect: 'manual',
  })
}

const postImpatiently = ({ url }: LossyProvider) =>
  fetch(`${url}/v1/invoices?`, {
    method: 'POST',
    headers: { 'idempotency-key': 'k' },
    body: '{"amount":1}',
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).then((response) => response.text())

const get = async ({ url }: LossyProvider, path: string) => {
  const response = await fetch(`${url}/v1/${path}`)
  return { status: response.status, body: (await response.json()) as { data: { id: string }[]; has_more: boolean } }
}

describe('an honest provider', () => {
  it('shows an effect by its id and by its key', async () => {
    const provider = await start()
    const created = await post(provider, { amount: 5, metadata: { note: 'n' } })
    expect(created.status).toBe(201)
    const effect = { id: 'invoices_1', amount: 5, metadata: { note: 'n', key: 'k' } }
    expect(await created.json()).toEqual(effect)
    expect((await get(provider, 'invoices/invoices_1')).body).toEqual(effect)
    expect((await get(provider, 'invoices?key=k')).body).toEqual({ data: [effect], has_more: false })
    expect((await get(provider, 'invoices?key=')).body.data).toEqual([])
    expect((await get(provider, 'account')).status).toBe(200)
  })

  it('pages through what it has, and finds longer keys when its search is loose', async () => {
    const provider = await start({ search: 'prefix' })
    for (const key of ['k', 'k1', 'k2', 'l']) await post(provider, {}, key)
    const first = await get(provider, 'invoices?key=k&limit=2')
    expect(first.body).toMatchObject({ data: [{ id: 'invoices_1' }, { id: 'invoices_2' }], has_more: true })
    const rest = await get(provider, 'invoices?key=k&limit=2&starting_after=invoices_2')
    expect(rest.body).toMatchObject({ data: [{ id: 'invoices_3' }], has_more: false })
  })

  it('takes the key from the body where there is no header', async () => {
    const provider = await start()
    await fetch(`${provider.url}/v1/invoices`, { method: 'POST', body: '{"metadata":{"key":"in-body"}}' })
    expect(await provider.effects()).toMatchObject([{ key: 'in-body' }])
  })

  it('lets nobody in without the token that it asks for', async () => {
    const provider = await start({ bearerToken: 't' })
    expect((await post(provider, {})).status).toBe(401)
    expect(await provider.effects()).toEqual([])
  })
})

describe('a keyed provider', () => {
  it('gives the first answer again, and acts once', async () => {
    const provider = await start()
    const first = await (await post(provider, { amount: 5 })).text()
    expect(await (await post(provider, { amount: 5 })).text()).toBe(first)
    expect(await provider.effects()).toHaveLength(1)
    expect((await provider.calls('k')).map((call) => call.applied)).toEqual([1, 0])
  })

  it('refuses a known key with another body', async () => {
    const provider = await start()
    await post(provider, { amount: 5 })
    expect((await post(provider, { amount: 6 })).status).toBe(422)
  })

  it('may refuse every repeat', async () => {
    const provider = await start({ repeat: 'refused' })
    await post(provider, {})
    const repeat = await post(provider, {})
    expect(repeat.status).toBe(409)
    expect(await repeat.json()).toEqual({ error: { code: 'exists' } })
  })

  it('acts again once it has forgotten the key', async () => {
    const provider = await start({ keyLifetimeMs: 0 })
    await post(provider, {})
    await post(provider, {})
    expect(await provider.effects()).toHaveLength(2)
  })
})

describe('a readable and an opaque provider', () => {
  it('act on every write', async () => {
    for (const kind of ['readable', 'opaque'] as const) {
      const provider = await start({ kind })
      await post(provider, {})
      await post(provider, {})
      expect(await provider.effects()).toHaveLength(2)
    }
  })

  it('differ in what can be read', async () => {
    const [readable, opaque] = [await start({ kind: 'readable' }), await start({ kind: 'opaque' })]
    await post(readable, {})
    await post(opaque, {})
    expect((await get(readable, 'invoices?key=k')).body.data).toHaveLength(1)
    expect((await get(opaque, 'invoices?key=k')).status).toBe(405)
  })

  it('may overwrite', async () => {
    const provider = await start({ kind: 'readable', repeat: 'overwrites' })
    await post(provider, { amount: 1 })
    await post(provider, { amount: 2 })
    expect(await provider.effects()).toMatchObject([{ body: { amount: 2 } }])
  })
})

describe('a fault', () => {
  it.each([
    ['reply-lost', 1],
    ['truncated', 1],
    ['reset-before', 0],
  ] as const)('%s breaks the answer; %i effects exist, and the next attempt makes it one', async (fault, effects) => {
    const provider = await startWith(fault)
    await expect(post(provider, {}).then((response) => response.text())).rejects.toThrow()
    expect(await provider.effects()).toHaveLength(effects)
    expect(await provider.calls('k')).toMatchObject([{ fault, applied: effects, replied: false }])
    expect((await post(provider, {})).status).toBe(201)
    expect(await provider.effects()).toHaveLength(1)
  })

  it.each([
    ['error-before', 500, 0],
    ['error-after', 500, 1],
    ['replayed-500', 500, 0],
    ['unavailable', 503, 0],
    ['refused-400', 400, 0],
    ['denied-403', 403, 0],
    ['redirect', 307, 0],
    ['dropped', 201, 0],
    ['applied-twice', 201, 2],
    ['malformed', 201, 1],
  ] as const)('%s answers %i, and %i effects exist', async (fault, status, effects) => {
    const provider = await startWith(fault)
    expect((await post(provider, {})).status).toBe(status)
    expect(await provider.effects()).toHaveLength(effects)
    await waitFor('the answer', async () => (await provider.calls('k'))[0]?.replied, { withinMs: 5_000 })
    expect(await provider.calls('k')).toMatchObject([{ fault, applied: effects, status }])
  })

  it('replayed-500 stays with its key', async () => {
    const provider = await startWith('replayed-500')
    expect([(await post(provider, {})).status, (await post(provider, {})).status]).toEqual([500, 500])
    expect(await provider.effects()).toEqual([])
  })

  it('replayed-500 does not make a keyed provider forget what it did', async () => {
    const provider = await start({ plan: { writes: { byKey: { k: ['none', 'replayed-500'] } } } })
    expect([(await post(provider, {})).status, (await post(provider, {})).status]).toEqual([201, 500])
    expect((await post(provider, {})).status).toBe(201)
    expect(await provider.effects()).toHaveLength(1)
  })

  it('dropped may be repeated as an empty promise for ever', async () => {
    const provider = await startWith({ name: 'dropped', remembered: true })
    expect([(await post(provider, {})).status, (await post(provider, {})).status]).toEqual([201, 201])
    expect(await provider.effects()).toEqual([])
  })

  it.each(['slow', 'applied-late', 'drip'] as const)(
    '%s leaves an impatient caller without an answer',
    async (fault) => {
      const provider = await startWith({ name: fault, delayMs: 2 * PATIENCE_MS })
      await expect(postImpatiently(provider)).rejects.toThrow('timeout')
      expect(await provider.effects()).toHaveLength(fault === 'applied-late' ? 0 : 1)
      await waitFor('the effect', async () => (await provider.effects()).length === 1, { withinMs: 5_000 })
      expect(await provider.calls('k')).toMatchObject([{ applied: 1, replied: false }])
    },
  )

  it('lost-then-applied breaks the connection, and does it when the time has come by the clock that it was given', async () => {
    const later: { delayMs: number; act: () => void }[] = []
    const clock = {
      now: () => 1_000,
      later: (delayMs: number, act: () => void) => {
        later.push({ delayMs, act })
        return () => {}
      },
    }
    const provider = await startWith({ name: 'lost-then-applied', delayMs: 60_000 }, { clock })
    await expect(post(provider, {})).rejects.toThrow('fetch failed')
    expect(await provider.effects()).toEqual([])
    for (const { act } of later) act()
    expect(later).toMatchObject([{ delayMs: 60_000 }])
    expect(await provider.effects()).toMatchObject([{ atMs: 1_000 }])
  })

  it('shown-late hides what exists, and then shows it', async () => {
    const provider = await startWith({ name: 'shown-late', delayMs: PATIENCE_MS })
    await post(provider, {})
    expect((await get(provider, 'invoices?key=k')).body.data).toEqual([])
    expect(await provider.effects()).toHaveLength(1)
    const shown = async () => (await get(provider, 'invoices?key=k')).body.data.length === 1
    await waitFor('the effect to be shown', shown, { withinMs: 5_000 })
  })

  it('stored-other shows in a look only', async () => {
    const provider = await startWith('stored-other')
    expect(await (await post(provider, { amount: 5 })).json()).toMatchObject({ amount: 5 })
    expect((await get(provider, 'invoices?key=k')).body.data).toMatchObject([{ amount: 6 }])
  })

  it('rate-limited says when to come back in the form it is told', async () => {
    const seconds = await post(await startWith('rate-limited'), {})
    expect([seconds.status, seconds.headers.get('retry-after')]).toEqual([429, '1'])
    const dated = await startWith({ name: 'rate-limited', retryAfter: { as: 'http-date', ms: 60_000 } })
    expect(Date.parse((await post(dated, {})).headers.get('retry-after') ?? '')).toBeGreaterThan(Date.now())
    const silent = await startWith({ name: 'rate-limited', retryAfter: null })
    expect((await post(silent, {})).headers.get('retry-after')).toBeNull()
  })

  it.each(['huge', 'bomb'] as const)('%s answers more than was asked for', async (fault) => {
    const bytes = 3 * 1024 * 1024
    const provider = await startWith({ name: fault, bytes })
    expect((await (await post(provider, {})).text()).length).toBe(bytes)
  })

  it('may strike looks alone', async () => {
    const provider = await start({ plan: 'blind-looks' })
    await post(provider, {})
    expect((await get(provider, 'invoices?key=k')).body.data).toEqual([])
    expect((await get(provider, 'invoices?key=k')).status).toBe(503)
    expect((await get(provider, 'invoices?key=k')).body.data).toHaveLength(1)
  })
})

describe('a provider with a process of its own', () => {
  it('answers the same questions about itself', async () => {
    const provider = await spawnLossyProvider({ plan: 'empty-promises' })
    running.push(provider)
    expect((await post(provider, {})).status).toBe(201)
    expect(await provider.effects('invoices')).toEqual([])
    await provider.plan('first-reply-lost')
    await expect(post(provider, {}, 'l')).rejects.toThrow()
    expect(await provider.effects('invoices')).toMatchObject([{ key: 'l' }])
    expect(await provider.calls('l')).toMatchObject([{ seq: 2, fault: 'reply-lost', applied: 1 }])
    await expect(provider.plan({ writes: { everyKey: ['no-such' as never] } })).rejects.toThrow('There is no fault')
    await provider.reset()
    expect(await provider.ledger()).toEqual([])
  })
})

describe('a provider that calls back', () => {
  const SECRET = `whsec_${Buffer.from('a secret of twenty-four').toString('base64')}`

  /** A place to call back to, and what came there. */
  async function listen() {
    const came: { body: unknown; headers: IncomingHttpHeaders }[] = []
    const server = createServer(async (request, response) => {
      came.push({ body: JSON.parse(await text(request)), headers: request.headers })
      response.writeHead(202).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const stop = async () => void server.close()
    closing.push(stop)
    return { came, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
  }

  it('does so after a write, signed where it has a secret', async () => {
    const { came, url } = await listen()
    const provider = await start()
    await provider.callBack({ url, afterMs: 10, secret: SECRET })
    await post(provider, { amount: 5 })
    await waitFor('the callback', async () => (await provider.calledBack()).length === 1, SOON)
    expect(await provider.calledBack()).toEqual([{ key: 'k', status: 202 }])
    const data = { id: 'invoices_1', amount: 5, metadata: { key: 'k' } }
    expect(came[0]?.body).toEqual({ type: 'invoices.created', data })
    expect(came[0]?.headers['webhook-signature']).toMatch(/^v1,.{44}$/)
  })

  it('lies when it has kept nothing, and is silent when it has refused', async () => {
    const { came, url } = await listen()
    const provider = await start({ plan: { writes: { byKey: { lost: ['dropped'], bad: ['refused-400'] } } } })
    await provider.callBack({ url, afterMs: 0 })
    for (const key of ['bad', 'lost']) await post(provider, { amount: 5 }, key)
    await waitFor('the callback', async () => (await provider.calledBack()).length === 1, SOON)
    expect(came).toMatchObject([{ body: { data: { metadata: { key: 'lost' } } } }])
    expect(await provider.effects()).toEqual([])
  })
})
