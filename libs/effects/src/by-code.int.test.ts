import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type CallInput,
  type Contract,
  type CustomCode,
  contractFromModule,
  type Entry,
  formatProblem,
  type LookInput,
  NotSent,
} from '@readback/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callProvider } from './call-provider.ts'
import { parseEgressAllow } from './egress.ts'
import { createHttpCaller, type HttpCaller } from './http-caller.ts'
import { lookAtProvider } from './look-at-provider.ts'
import { later, serveHttp, type TestServer } from './testing/server.ts'

const NEVER = new AbortController().signal
const ENTRY: Entry = {
  entryId: 'e1',
  tenant: 'acme',
  effect: 'order.place',
  key: 'o-1',
  payload: '{"ref": "o-1", "amount": 1.10}',
  createdAt: '2026-11-22T17:00:00Z',
  prepared: '{"link":"/up/1"}',
}
const SECRETS: Readonly<Record<string, string>> = { TOKEN: 'token-that-is-secret' }

let server: TestServer
let caller: HttpCaller
let url: string
let seen: string[]
let answer: (request: IncomingMessage, response: ServerResponse) => void

beforeEach(async () => {
  seen = []
  answer = (_, response) => void response.writeHead(201).end('{"id":"i1"}')
  server = await serveHttp((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    answer(request, response)
  })
  url = `http://127.0.0.1:${server.port}`
  const allowed = parseEgressAllow('127.0.0.1')
  if (!allowed.ok) throw new Error('bad policy')
  caller = createHttpCaller({ egress: allowed.policy })
})

afterEach(async () => {
  await caller.close()
  await server.stop()
})

function contractWith(custom: CustomCode, timeout = '5s'): Contract {
  const exported = {
    effect: 'order.place',
    version: 1,
    payload: { type: 'object', required: ['ref'] },
    call: { timeout, external_id: '/id' },
    provider: { key: { in: 'body', as: { sha256: 'hex', length: 8 } }, repeat: 'acts_again' },
    verify: { by_key: { where: { '/ref': '${payload./ref}' } }, present: { match: { '/amount': 1.1 } } },
    on_unknown: 'reconcile',
    rollback: { strategy: 'none' },
    custom: { call: () => ({ sent: false as const }), look: () => ({ items: [], complete: true }), ...custom },
  }
  const parsed = contractFromModule({ file: 'order.mjs', text: '', exported })
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
  return parsed.contract
}

const deps = () => ({ caller, secret: (name: string) => SECRETS[name], now: Date.now })

async function calling(call: NonNullable<CustomCode['call']>, timeout?: string, signal = NEVER) {
  const result = await callProvider(deps(), contractWith({ call }, timeout), ENTRY, signal)
  return { ...result, said: `${result.outcome} ${result.cause}` }
}

const post = (path = '/orders', more: object = {}) => ({ method: 'POST', url: `${url}${path}`, json: {}, ...more })

const { tenant, effect, entryId, createdAt } = ENTRY
const OF_THE_ENTRY = { tenant, effect, entryId, createdAt }

describe('a call by code', () => {
  it('is told of the entry, and nothing of the attempt', async () => {
    let told: object = {}
    await calling((input) => {
      told = input
      return { sent: false }
    })
    expect(told).toEqual({
      ...OF_THE_ENTRY,
      key: expect.stringMatching(/^[0-9a-f]{8}$/),
      payload: { ref: 'o-1', amount: 1.1 },
      payloadText: ENTRY.payload,
      prepared: { link: '/up/1' },
      http: expect.any(Function),
      secret: expect.any(Function),
      signal: expect.any(AbortSignal),
    })
  })

  it('returns what its last request came to, which is read as the answer of a call', async () => {
    const result = await calling(async ({ http }) => {
      await http({ url: `${url}/me` })
      return await http(post())
    })
    expect(result).toMatchObject({ said: 'success http_201', externalId: 'i1', answered: true })
    expect(result.evidence).toMatchObject({ phase: 'complete', status: 201 })
    expect(result.evidence).not.toHaveProperty('excerpt')
    expect(seen).toEqual(['GET /me', 'POST /orders'])
  })

  it.each<[string, (input: CallInput) => Promise<never>, string]>([
    ['threw before any request', () => Promise.reject(new TypeError('x')), 'side_effect_unknown code_threw'],
    ['says that it sent nothing', () => Promise.reject(new NotSent('closed')), 'retryable_failure closed'],
    [
      'says so after a look',
      ({ http }) => http({ url }).then(() => Promise.reject(new NotSent('closed'))),
      'retryable_failure closed',
    ],
    [
      'says so after a harmless request',
      ({ http }) => http(post('/drafts', { harmless: true })).then(() => Promise.reject(new NotSent('closed'))),
      'retryable_failure closed',
    ],
    [
      'says so after a request that may act',
      ({ http }) => http(post()).then(() => Promise.reject(new NotSent('closed'))),
      'side_effect_unknown partly_sent',
    ],
    [
      'wants a secret that nobody has',
      ({ secret }) => Promise.reject(new Error(secret('OTHER'))),
      'retryable_failure secret_missing',
    ],
    [
      'wants it too late',
      ({ http, secret }) => http(post()).then(() => Promise.reject(new Error(secret('OTHER')))),
      'side_effect_unknown partly_sent',
    ],
  ])('that %s', async (_, call, said) => {
    expect(await calling(call)).toMatchObject({ said, answered: false })
  })

  it('begins nothing after its end, and finishes what it has begun before', async () => {
    const call = async ({ http }: CallInput) => {
      const first = await http(post())
      await new Promise((resolve) => later(300, () => resolve(null)))
      return first.sent ? await http(post('/lines')) : Promise.reject(new NotSent(first.error ?? ''))
    }
    const endingIn = (ms: number) => {
      const notAfterMs = performance.now() + ms
      return callProvider({ ...deps(), notAfterMs }, contractWith({ call }), ENTRY, NEVER)
    }
    expect(await endingIn(-1)).toMatchObject({ outcome: 'retryable_failure', cause: 'expired' })
    expect(seen).toEqual([])
    await endingIn(250)
    expect(seen).toEqual(['POST /orders', 'POST /lines'])
  })

  it('is not believed that it sent nothing while a request of its own is under way, unless that never left', async () => {
    let arrived = (): void => {}
    const there = new Promise<void>((resolve) => {
      arrived = resolve
    })
    answer = () => arrived()
    const leaving = (wait: Promise<void> | null) =>
      calling(async ({ http }) => {
        void http(post())
        await wait
        throw new NotSent('closed')
      })
    expect((await leaving(null)).said).toBe('retryable_failure closed')
    expect(seen).toEqual([])
    expect((await leaving(there)).said).toBe('side_effect_unknown partly_sent')
  })

  it('that throws at once is one that threw', async () => {
    const thrower = () => {
      throw new Error(`with ${SECRETS['TOKEN']}`)
    }
    expect(await calling(thrower)).toMatchObject({ said: 'side_effect_unknown code_threw' })
  })

  it('has its answers lost like any other', async () => {
    answer = (_, response) => void response.destroy()
    expect(await calling(({ http }) => http(post()))).toMatchObject({ said: 'side_effect_unknown UND_ERR_SOCKET' })
    const swallowed = await calling(async ({ http }) => {
      await http(post())
      return { outcome: 'retryable_failure', cause: 'busy' }
    })
    expect(swallowed.said).toBe('side_effect_unknown answer_lost')
  })

  it('cannot leave the egress guard, its own scheme, or a redirect', async () => {
    answer = (_, response) => void response.writeHead(302, { location: '/elsewhere' }).end()
    const replies: unknown[] = []
    await calling(async ({ http }) => {
      for (const target of ['http://127.0.0.2:9', 'file:///etc/passwd', 'http://me:you@127.0.0.1', 'nowhere', url])
        replies.push(await http({ url: target }))
      return { sent: false }
    })
    const errors = replies.map((reply) => (reply as { error: string | null }).error)
    expect(errors).toEqual(['egress_denied', 'request_invalid', 'request_invalid', 'request_invalid', null])
    expect(seen).toEqual(['GET /'])
  })

  it('is unknown when its time is up, whatever it does later, and its line is dead', async () => {
    let late: Promise<unknown> = Promise.resolve()
    const result = await calling(
      ({ signal, http }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            late = http(post('/late'))
            resolve({ outcome: 'success', cause: 'late' })
          })
        }),
      '50ms',
    )
    expect(result).toMatchObject({
      said: 'side_effect_unknown deadline',
      answered: false,
      evidence: { phase: 'request' },
    })
    expect(await late).toEqual({ sent: false, answer: null, error: 'deadline' })
    expect(seen).toEqual([])
  })

  it('ends its requests with itself, however long they may take', async () => {
    answer = () => {}
    const result = await calling(({ http }) => http(post('/slow', { timeoutMs: 60_000 })), '100ms')
    expect(result.outcome).toBe('side_effect_unknown')
    expect(result.evidence.duration_ms).toBeLessThan(3_000)
  })

  it('is left when the caller stops', async () => {
    const stop = new AbortController()
    stop.abort()
    expect((await calling(() => new Promise(() => {}), '5s', stop.signal)).said).toBe('side_effect_unknown aborted')
  })

  it('shows no secret in what is kept of it', async () => {
    answer = (request, response) => void response.writeHead(400).end(`no: ${request.headers['authorization']}`)
    const refused = await calling(({ http, secret }) =>
      http(post('/', { headers: { Authorization: secret('TOKEN') } })),
    )
    const threw = await calling(({ secret }) => Promise.reject(new Error(`no: ${secret('TOKEN')}`)))
    expect(refused).toMatchObject({ said: 'validation_failure http_400', evidence: { excerpt: 'no: [hidden]' } })
    expect(threw.evidence.error).toBe('Error: no: [hidden]')
  })

  it('is not begun for a payload that does not fit, nor where the code is not there', async () => {
    let begun = 0
    const contract = contractWith({ call: () => ({ sent: (begun += 1) > 9 }) })
    const misfit = await callProvider(deps(), contract, { ...ENTRY, payload: '{}' }, NEVER)
    const bare = { ...contract, code: { sha256: '', custom: null } }
    const missing = await callProvider(deps(), bare, ENTRY, NEVER)
    expect([misfit.cause, missing.cause, begun]).toEqual(['payload_does_not_fit', 'contract_unreadable', 0])
  })
})

describe('a look by code', () => {
  const looking = async (look: (input: LookInput) => ReturnType<NonNullable<CustomCode['look']>>) => {
    const subject = { ...ENTRY, externalId: null, calls: 1, answeredCalls: 0, seenPresentBefore: false }
    const result = await lookAtProvider(deps(), contractWith({ look }, '200ms'), subject, NEVER)
    return `${result.verdict} ${result.cause} ${result.evidence.pages}`
  }

  it('has its findings filtered and compared', async () => {
    answer = (_, response) => void response.end('[{"ref":"o-1","amount":1.10},{"ref":"o-10","amount":2}]')
    const said = await looking(async ({ http }) => {
      const { answer: list } = await http({ url: `${url}/orders` })
      return { items: JSON.parse(list?.body ?? '') as unknown[], complete: true }
    })
    expect(said).toBe('present present 1')
  })

  it.each<[string, (input: LookInput) => Promise<never>, string]>([
    ['throws', () => Promise.reject(new Error('x')), 'inconclusive code_threw 0'],
    ['takes too long', () => new Promise(() => {}), 'inconclusive deadline 0'],
    [
      'takes too long for an answer',
      ({ http }) => http({ url }).then(() => new Promise(() => {})),
      'inconclusive deadline 1',
    ],
  ])('that %s has seen nothing', async (_, look, said) => {
    expect(await looking(look)).toBe(said)
  })

  it('does not act', async () => {
    const said = await looking(async ({ http }) => ({ inconclusive: (await http(post())).error ?? 'sent' }))
    expect([said, seen]).toEqual(['inconclusive not_a_look 0', []])
  })

  it('may ask by a method that acts elsewhere, and says so', async () => {
    const said = await looking(async ({ http }) => ({
      items: [],
      complete: (await http(post('/search', { harmless: true }))).sent,
    }))
    expect([said, seen]).toEqual(['absent absent 1', ['POST /search']])
  })
})
