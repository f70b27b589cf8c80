import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Contract, type Entry, formatProblem, parseContract } from '@readback/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callProvider } from './call-provider.ts'
import type { CallResult } from './call-result.ts'
import { parseEgressAllow } from './egress.ts'
import { createHttpCaller, type HttpCaller } from './http-caller.ts'
import { lookAtProvider } from './look-at-provider.ts'
import { serveHttp, serveSockets, type TestServer } from './testing/server.ts'

const NEVER = new AbortController().signal
const SECRET = 'client-secret-0123'
const ENTRY: Entry = {
  entryId: 'e1',
  tenant: 'acme',
  effect: 'note.add',
  key: 'k1',
  payload: '{"text":"hi"}',
  createdAt: '2026-11-22T17:00:00Z',
}

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void

let api: TestServer
let identity: TestServer
let caller: HttpCaller
/** What the servers saw. */
let calls: string[]
let logIns: string[]
/** What the provider takes now. */
let valid: string
let onCall: Handler
let onLogIn: Handler

const give: Handler = (_, response) => {
  valid = `token-${logIns.length}`
  response.end(JSON.stringify({ access_token: valid, expires_in: 3600, token_type: 'bearer' }))
}

const take: Handler = (request, response) => {
  const known = request.headers.authorization === `Bearer ${valid}`
  response.writeHead(known ? 200 : 401).end('{"id":"n1","data":[{"key":"k1"}]}')
}

beforeEach(async () => {
  ;[calls, logIns, valid, onCall, onLogIn] = [[], [], '', take, give]
  api = await serveHttp((request, response) => {
    calls.push(String(request.headers.authorization))
    onCall(request, response, '')
  })
  identity = await serveHttp(async (request, response) => {
    const body = await text(request)
    logIns.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'} ${body}`)
    onLogIn(request, response, body)
  })
  open('127.0.0.1')
})

afterEach(async () => {
  await caller.close()
  await Promise.all([api.stop(), identity.stop()])
})

function open(allow: string): void {
  const allowed = parseEgressAllow(allow)
  if (!allowed.ok) throw new Error('bad policy')
  caller = createHttpCaller({ egress: allowed.policy })
}

const OAUTH = () =>
  `{ oauth2_client: { token_url: "http://127.0.0.1:${identity.port}/token", client_id: me, client_secret: "\${secret:S}" } }`

function contractWith(auth: string, answers = '[]', timeout = '20s'): Contract {
  const url = `http://127.0.0.1:${api.port}/notes`
  const parsed = parseContract(
    `effect: note.add
version: 1
auth: ${auth}
call: { method: POST, url: "${url}", body: { json: "\${payload}" }, timeout: ${timeout} }
provider: { key: { in: header, at: Idempotency-Key, lifetime: 24h }, repeat: same_answer }
answers: ${answers}
verify:
  by_key: { read: { url: "${url}?key=\${key}" }, items: /data, where: { /key: "\${key}" } }
on_unknown: reconcile
rollback: { strategy: none }
`,
    'note.yaml',
  )
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
  return parsed.contract
}

const deps = () => ({ caller, secret: () => SECRET, now: Date.now })

const call = (contract: Contract, key = 'k1'): Promise<CallResult> =>
  callProvider(deps(), contract, { ...ENTRY, key }, NEVER)

const many = (contract: Contract, count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => call(contract, `k${index}`)))

describe('a token by client credentials', () => {
  it('is asked for once, however many calls need it', async () => {
    const results = await many(contractWith(OAUTH()), 100)
    expect(results.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 100 }, () => 'success'))
    const basic = Buffer.from(`me:${SECRET}`).toString('base64')
    expect(logIns).toEqual([`POST /token Basic ${basic} grant_type=client_credentials`])
  })

  it('that was withdrawn is renewed once for all, and nobody notices', async () => {
    const contract = contractWith(OAUTH())
    await call(contract)
    valid = 'withdrawn'
    const results = await many(contract, 50)
    expect(results.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 50 }, () => 'success'))
    expect(logIns).toHaveLength(2)
    expect(calls.length).toBeLessThanOrEqual(1 + 2 * 50)
    expect(calls.filter((header) => header === 'Bearer token-2')).toHaveLength(50)
  })

  it('that is fresh and denied all the same is no matter of renewing', async () => {
    onCall = (_, response) => response.writeHead(403).end('no')
    expect(await call(contractWith(OAUTH()))).toMatchObject({ outcome: 'permission_denied', cause: 'http_403' })
    expect([calls.length, logIns.length]).toEqual([1, 1])
  })

  it('that is denied after it was renewed is not renewed again', async () => {
    const contract = contractWith(OAUTH())
    await call(contract)
    onCall = (_, response) => response.writeHead(401).end('no')
    expect(await call(contract)).toMatchObject({ outcome: 'permission_denied', cause: 'http_401' })
    expect([calls.length, logIns.length]).toEqual([3, 2])
  })

  it('is not asked for again by every call that is not allowed to do what it wants', async () => {
    const contract = contractWith(OAUTH())
    await call(contract)
    onCall = (_, response) => response.writeHead(403).end('no')
    for (let entry = 0; entry < 10; entry += 1) {
      expect(await call(contract)).toMatchObject({ outcome: 'permission_denied', cause: 'http_403' })
    }
    expect(logIns).toHaveLength(2)
  })

  it('is not the reason for a 403 that means something else by the contract', async () => {
    const contract = contractWith(OAUTH(), '[{ status: 403, means: exists }]')
    await call(contract)
    onCall = (_, response) => response.writeHead(403).end('taken')
    expect(await call(contract)).toMatchObject({ outcome: 'side_effect_unknown', cause: 'answer_exists' })
    expect([calls.length, logIns.length]).toEqual([2, 1])
  })

  it('may be denied by another status, where the contract says so', async () => {
    const contract = contractWith(OAUTH(), '[{ status: 400, match: { /error: token_expired }, means: permission }]')
    await call(contract)
    onCall = (request, response) =>
      request.headers.authorization === 'Bearer token-1'
        ? response.writeHead(400).end('{"error":"token_expired"}')
        : response.end('{}')
    expect(await call(contract)).toMatchObject({ outcome: 'success' })
    expect(logIns).toHaveLength(2)
  })

  it('serves looks as well, and is renewed for them', async () => {
    const contract = contractWith(OAUTH())
    await call(contract)
    valid = 'withdrawn'
    const subject = { ...ENTRY, externalId: null, calls: 1, answeredCalls: 1, seenPresentBefore: false }
    expect(await lookAtProvider(deps(), contract, subject, NEVER)).toMatchObject({ verdict: 'present' })
    expect(logIns).toHaveLength(2)
  })

  it('never shows, wherever the provider repeats it', async () => {
    onCall = (request, response) => response.writeHead(400).end(`bad ${request.headers.authorization}`)
    const result = await call(contractWith(OAUTH()))
    expect(result.evidence.excerpt).toBe('bad Bearer [hidden]')
    expect(JSON.stringify(result)).not.toContain('token-1')
  })
})

const answering =
  (status: number, body: string, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end(body)

describe('a token request', () => {
  it.each<[string, Handler, string, string]>([
    ['is refused', answering(400, '{"error":"invalid_client"}'), 'permission_denied', 'token_refused'],
    ['is unauthorized', answering(401, ''), 'permission_denied', 'token_refused'],
    ['is forbidden', answering(403, ''), 'permission_denied', 'token_refused'],
    ['meets an error', answering(500, ''), 'retryable_failure', 'token_unavailable'],
    ['comes too often', answering(429, '', { 'retry-after': '7' }), 'retryable_failure', 'token_unavailable'],
    ['is redirected', answering(302, '', { location: '/elsewhere' }), 'retryable_failure', 'token_unavailable'],
    ['gives none', answering(200, '{"error":"later"}'), 'retryable_failure', 'token_unavailable'],
    ['gives a list', answering(200, '{"access_token":["a"]}'), 'retryable_failure', 'token_unavailable'],
    [
      'gives what no header can carry',
      answering(200, '{"access_token":"a\\r\\nb"}'),
      'retryable_failure',
      'token_unavailable',
    ],
    [
      'gives too much',
      answering(200, `{"access_token":"${'a'.repeat(20_000)}"}`),
      'retryable_failure',
      'token_unavailable',
    ],
    ['gives a page', answering(200, '<html>'), 'retryable_failure', 'token_unavailable'],
    ['is cut', (request) => request.socket.destroy(), 'retryable_failure', 'token_unavailable'],
    ['is never answered', () => {}, 'retryable_failure', 'deadline'],
  ])('that %s ends before the call', async (_, handler, outcome, cause) => {
    onLogIn = handler
    const result = await call(contractWith(OAUTH(), '[]', cause === 'deadline' ? '400ms' : '20s'))
    expect(result).toMatchObject({ outcome, cause, answered: false, evidence: { phase: 'blocked', status: null } })
    expect(calls).toEqual([])
    expect(JSON.stringify(result)).not.toContain(SECRET)
    expect(result.retryAfterMs).toBe(cause === 'token_unavailable' && /often/.test(_) ? 7_000 : null)
  })

  it('that was refused is not remembered', async () => {
    const contract = contractWith(OAUTH())
    onLogIn = answering(401, '')
    await call(contract)
    onLogIn = give
    expect(await call(contract)).toMatchObject({ outcome: 'success' })
  })

  it('says in the evidence what the other side said, by its code alone', async () => {
    onLogIn = answering(400, `{"error":"invalid_client","error_description":"${SECRET}"}`)
    expect((await call(contractWith(OAUTH()))).evidence.error).toBe(
      'token_refused: the token request was answered 400 invalid_client',
    )
  })

  it('goes through the egress guard', async () => {
    await caller.close()
    open('127.0.0.1')
    const elsewhere = OAUTH().replace(`127.0.0.1:${identity.port}`, '169.254.169.254')
    expect(await call(contractWith(elsewhere))).toMatchObject({ outcome: 'permission_denied', cause: 'egress_denied' })
  })

  it('counts into the time of the call, and goes on for those who have more', async () => {
    const waiting: (() => void)[] = []
    onLogIn = (request, response, body) => void waiting.push(() => give(request, response, body))
    const hasty = call(contractWith(OAUTH(), '[]', '500ms'))
    const patient = call(contractWith(OAUTH(), '[]', '20s'), 'k2')
    expect(await hasty).toMatchObject({
      outcome: 'retryable_failure',
      cause: 'deadline',
      evidence: { phase: 'blocked' },
    })
    for (const answer of waiting) answer()
    expect(await patient).toMatchObject({ outcome: 'success' })
    expect(logIns).toHaveLength(1)
  })

  it('leaves the call only the time that is left', async () => {
    onCall = () => {}
    const startedAt = performance.now()
    expect(await call(contractWith(OAUTH(), '[]', '2s'))).toMatchObject({
      outcome: 'side_effect_unknown',
      cause: 'deadline',
    })
    expect(performance.now() - startedAt).toBeLessThan(3_900)
  })

  it('ends with the call that is stopped', async () => {
    const stop = new AbortController()
    onLogIn = () => stop.abort()
    expect(await callProvider(deps(), contractWith(OAUTH()), ENTRY, stop.signal)).toMatchObject({ cause: 'aborted' })
  })
})

describe('a log-in', () => {
  const logInWith = (token: string) =>
    `{ login: { request: { url: "http://127.0.0.1:${identity.port}/in", body: { json: { user: u, password: "\${secret:S}" } } }, ${token} } }`

  it.each([
    ['in the body', 'token: /data/jwt', 'authorization', 'Bearer t-1'],
    [
      'in the body, under another name',
      'token: /data/jwt, as: { header: X-Auth, value: "jwt=${token}" }',
      'x-auth',
      'jwt=t-1',
    ],
    ['in a header', 'token: { header: X-Session }, as: "Session ${token}"', 'authorization', 'Session s-1'],
    ['in a cookie', 'token: { cookie: SID }', 'cookie', 'SID=c-1'],
  ])('finds its token %s', async (_, token, header, value) => {
    onLogIn = (_request, response) => {
      const cookies = ['OTHER=x; Path=/', 'SID=; Max-Age=0', 'SID=c-1; Expires=Wed, 21 Oct 2037 07:28:00 GMT; HttpOnly']
      response.writeHead(200, { 'x-session': 's-1', 'set-cookie': cookies }).end('{"data":{"jwt":"t-1"}}')
    }
    let seen: unknown
    onCall = (request, response) => {
      seen = request.headers[header]
      response.end('{}')
    }
    expect(await call(contractWith(logInWith(token)))).toMatchObject({ outcome: 'success' })
    expect(seen).toBe(value)
    expect(logIns).toEqual([`POST /in - {"password":"${SECRET}","user":"u"}`])
  })
})

describe('other credentials', () => {
  it('by name and password do not show, not even in the spelling that is sent', async () => {
    onCall = (request, response) => response.writeHead(400).end(`bad ${request.headers.authorization}`)
    const result = await call(contractWith('{ basic: { user: me, password: "${secret:S}" } }'))
    expect(result.evidence.excerpt).toBe('bad Basic [hidden]')
  })

  it('sign the request as it goes out', async () => {
    let seen: IncomingMessage['headers'] = {}
    onCall = (request, response) => {
      seen = request.headers
      response.end('{}')
    }
    const aws = '{ aws_sigv4: { region: eu-central-1, service: s3, access_key: AKID, secret_key: "${secret:K}" } }'
    expect(await call(contractWith(aws))).toMatchObject({ outcome: 'success' })
    expect(seen.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-central-1\/s3\/aws4_request, SignedHeaders=content-type;host;idempotency-key;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
    )
  })

  it('of the call do not follow a look to another server', async () => {
    const heard: string[] = []
    const other = await serveSockets(
      (socket) => void socket.on('data', (data) => heard.push(String(data)) && socket.end()),
    )
    const text = JSON.stringify(contractWith('{ bearer: "${secret:S}" }').document)
    const elsewhere = text.replace(`http://127.0.0.1:${api.port}/notes?`, `http://127.0.0.1:${other.port}/notes?`)
    const parsed = parseContract(elsewhere.replace('"verify":{', '"verify":{"auth":"none",'), 'note.json')
    if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
    const subject = { ...ENTRY, externalId: null, calls: 1, answeredCalls: 1, seenPresentBefore: false }
    await lookAtProvider(deps(), parsed.contract, subject, NEVER)
    expect(heard.join('')).toContain('GET /notes?key=k1')
    expect(heard.join('')).not.toMatch(/authorization/i)
    await other.stop()
  })
})
