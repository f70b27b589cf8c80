import type { RequestListener } from 'node:http'
import { type Contract, type Entry, parseContract } from '@readback/contract'
import { afterEach, describe, expect, it } from 'vitest'
import { callProvider } from './call-provider.ts'
import type { CallResult } from './call-result.ts'
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
call: { method: POST, url: "${url}/notes", body: { json: "\${payload}" }, timeout: 20s, external_id: /id }
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

const deps = () => ({ caller, secret: () => SECRET, now: Date.now })

async function call(listener: RequestListener, entry: Partial<Entry> = {}): Promise<CallResult> {
  const contract = await contractFor(listener)
  return callProvider(deps(), contract, { ...ENTRY, ...entry }, NEVER)
}

describe('a call', () => {
  it('reads a date to come back at by the time of day that it is told, not by that of the machine', async () => {
    const nowMs = Date.UTC(2031, 4, 6, 7, 8, 9)
    const contract = await contractFor((_, response) => {
      response.sendDate = false
      response.writeHead(503, { 'retry-after': new Date(nowMs + 90_000).toUTCString() }).end('no')
    })
    const result = await callProvider({ ...deps(), now: () => nowMs }, contract, ENTRY, NEVER)
    expect(result).toMatchObject({ retryAfterMs: 90_000 })
  })

  it('that is accepted is a success with its external id and no excerpt', async () => {
    expect(await call((_, response) => response.writeHead(201).end('{"id":"n1"}'))).toMatchObject({
      outcome: 'success',
      means: null,
      cause: 'http_201',
      externalId: 'n1',
      answered: true,
      evidence: { phase: 'complete', status: 201 },
    })
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
})
