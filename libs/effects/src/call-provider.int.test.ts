import type { RequestListener } from 'node:http'
import { type Contract, type Entry, parseContract } from '@readback/contract'
import { afterEach, describe, expect, it } from 'vitest'
import { type CallResult, callProvider } from './call-provider.ts'
import { parseEgressAllow } from './egress.ts'
import { createHttpCaller, type HttpCaller } from './http-caller.ts'
import { lookAtProvider } from './look-at-provider.ts'
import { serveHttp, type TestServer } from './testing/server.ts'

const NEVER = new AbortController().signal
const SECRET = 'sk_live_0123456789'
const ENTRY: Entry = {
  entryId: 'e1',
  tenant: 'acme',
  effect: 'note.add',
  key: 'k/1',
  payload: '{"to": "ann@x.example", "pin": 4711, "text": "hi"}',
  createdAt: '2026-11-22T17:00:00Z',
}

let server: TestServer
let caller: HttpCaller

afterEach(async () => {
  await caller.close()
  await server.stop()
})

async function contractFor(listener: RequestListener, allow = '127.0.0.1'): Promise<Contract> {
  server = await serveHttp(listener)
  const parsedAllow = parseEgressAllow(allow)
  if (!parsedAllow.ok) throw new Error('bad policy')
  caller = createHttpCaller({ egress: parsedAllow.policy })
  const url = `http://127.0.0.1:${server.port}`
  const parsed = parseContract(
    `effect: note.add
version: 1
payload: { type: object, required: [text] }
redact: [/to, /pin]
auth: { bearer: "\${secret:TOKEN}" }
call: { method: POST, url: "${url}/notes", body: { json: "\${payload}" }, timeout: 500ms, external_id: /id }
provider: { key: { in: header, at: Idempotency-Key, max_bytes: 20, lifetime: 24h }, repeat: same_answer }
answers: [{ status: 409, means: exists }]
verify:
  by_key: { read: { url: "${url}/notes?key=\${key}" }, items: "", where: { /key: "\${key}" } }
  present: { match: { /text: "\${payload./text}" } }
  canary: { url: "${url}/me" }
on_unknown: reconcile
rollback: { strategy: none }
`,
    'note.yaml',
  )
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.contract
}

const deps = () => ({ caller, secret: () => SECRET })

async function call(listener: RequestListener, entry: Partial<Entry> = {}): Promise<CallResult> {
  const contract = await contractFor(listener)
  return callProvider(deps(), contract, { ...ENTRY, ...entry }, NEVER)
}

describe('a call', () => {
  it('that is accepted is a success with its external id and no excerpt', async () => {
    expect(await call((_, response) => response.writeHead(201).end('{"id":"n1"}'))).toMatchObject({
      outcome: 'success',
      means: null,
      cause: 'http_201',
      externalId: 'n1',
      answered: true,
      evidence: { phase: 'complete', status: 201, bytes: 11, error: null, excerpt: null },
    })
  })

  it.each([
    [400, 'validation_failure', null],
    [401, 'permission_denied', null],
    [409, 'side_effect_unknown', 'exists'],
    [429, 'retryable_failure', null],
    [500, 'side_effect_unknown', null],
    [307, 'side_effect_unknown', null],
  ])('that is answered %i is %s', async (status, outcome, means) => {
    const result = await call((_, response) => response.writeHead(status, { 'retry-after': '3' }).end('no'))
    expect(result).toMatchObject({
      outcome,
      means,
      answered: true,
      retryAfterMs: 3_000,
      evidence: { status, excerpt: 'no' },
    })
  })

  it.each<[string, RequestListener, string]>([
    ['loses its answer', (request) => request.socket.destroy(), 'UND_ERR_SOCKET'],
    ['gets none in time', () => {}, 'deadline'],
    [
      'gets a part of one',
      (_, response) => void response.writeHead(201, { 'content-length': 50 }).write('{"id"', () => response.destroy()),
      'truncated',
    ],
  ])('that %s is unknown', async (_, listener, cause) => {
    const result = await call(listener)
    expect(result).toMatchObject({ outcome: 'side_effect_unknown', cause, externalId: null, answered: false })
  })

  it('that finds nobody is a failure that may be repeated', async () => {
    const contract = await contractFor(() => {})
    await server.stop()
    const result = await callProvider(deps(), contract, ENTRY, NEVER)
    server = await serveHttp(() => {})
    expect(result).toMatchObject({
      outcome: 'retryable_failure',
      cause: 'ECONNREFUSED',
      evidence: { phase: 'connect' },
    })
  })

  it('that the egress guard stops is denied', async () => {
    const contract = await contractFor(() => {}, '10.0.0.0/8')
    expect(await callProvider(deps(), contract, ENTRY, NEVER)).toMatchObject({
      outcome: 'permission_denied',
      cause: 'egress_denied',
      evidence: { phase: 'blocked' },
    })
    expect(server.connections()).toBe(0)
  })

  it.each([
    ['breaks the schema of its payload', { payload: '{"to":"a"}' }, 'payload_does_not_fit'],
    ['has a key that does not fit', { key: 'k'.repeat(21) }, 'key_does_not_fit'],
    ['has a key that would break out of the header', { key: 'a\r\nb: c' }, 'key_does_not_fit'],
  ])('that %s never leaves', async (_, change, cause) => {
    expect(await call(() => {}, change)).toMatchObject({
      outcome: 'validation_failure',
      cause,
      answered: false,
      evidence: { phase: 'blocked', status: null },
    })
    expect(server.connections()).toBe(0)
  })

  it('without its secret waits for the secret', async () => {
    const contract = await contractFor(() => {})
    const result = await callProvider({ caller, secret: () => undefined }, contract, ENTRY, NEVER)
    expect(result).toMatchObject({ outcome: 'retryable_failure', cause: 'secret_missing' })
  })

  it('keeps secrets and what is redacted out of its evidence, however the answer spells them', async () => {
    const result = await call((request, response) => {
      const header = String(request.headers.authorization)
      const body = `${header} ${Buffer.from(SECRET).toString('base64')} ann@x.example ann%40x.example 4711 hi ${'z'.repeat(2_000)}`
      response.writeHead(400).end(body)
    })
    expect(result.evidence.excerpt).toMatch(/^Bearer \[hidden\] \[hidden\] \[hidden\] \[hidden\] \[hidden\] hi z+$/)
    expect(result.evidence.excerpt).toHaveLength(512)
    expect(JSON.stringify(result)).not.toMatch(/sk_live|ann@|4711/)
  })

  it('cuts no character of its evidence in half', async () => {
    const result = await call((_, response) => response.writeHead(400).end(`x${'😀'.repeat(1_000)}`))
    expect(result.evidence.excerpt).toMatch(/^x(?:😀)+$/u)
  })
})

describe('a look', () => {
  const subject = { ...ENTRY, externalId: null, calls: 1, answeredCalls: 0, seenPresentBefore: false }
  const look = async (listener: RequestListener) => {
    const contract = await contractFor(listener)
    return lookAtProvider(deps(), contract, subject, NEVER)
  }

  it('that finds the effect says what it saw and where', async () => {
    expect(await look((_, response) => response.end('[{"key":"k/1","text":"hi"},{"key":"k/10"}]'))).toMatchObject({
      verdict: 'present',
      evidence: { by: 'key', pages: 1, status: 200, what: 'found, and it matches' },
    })
  })

  it('that finds nothing asks the canary before it says absent', async () => {
    const asked: unknown[] = []
    const result = await look((request, response) => {
      asked.push(request.url)
      response.end('[]')
    })
    expect(result).toMatchObject({ verdict: 'absent' })
    expect(asked).toEqual(['/notes?key=k%2F1', '/me'])
  })

  it.each<[string, RequestListener, string]>([
    ['a lost answer', (request) => request.socket.destroy(), 'UND_ERR_SOCKET'],
    [
      'a cut answer',
      (_, response) => void response.writeHead(200, { 'content-length': 50 }).write('[]', () => response.destroy()),
      'look_truncated',
    ],
    ['silence', () => {}, 'deadline'],
    ['a redirect', (_, response) => response.writeHead(302, { location: '/' }).end(), 'look_http_302'],
    ['an error', (_, response) => response.writeHead(500).end('[]'), 'look_http_500'],
  ])('that meets %s is inconclusive', async (_, listener, cause) => {
    expect(await look(listener)).toMatchObject({ verdict: 'inconclusive', cause })
  })
})
