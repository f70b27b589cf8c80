import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Contract, type Entry, parseContract } from '@readback/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callProvider } from './call-provider.ts'
import { parseEgressAllow } from './egress.ts'
import { createHttpCaller, type HttpCaller } from './http-caller.ts'
import { prepareCall } from './prepare-call.ts'

const NEVER = new AbortController().signal
const ENTRY: Entry = {
  entryId: 'e1',
  tenant: 'acme',
  effect: 'file.put',
  key: 'k/1',
  payload: '{"name": "a.txt", "file": "AAH/"}',
  createdAt: '2026-11-22T17:00:00Z',
}

let server: Server
let caller: HttpCaller
let asked: { method: string | undefined; url: string | undefined; authorization: string | undefined; body: Buffer }[]
/** What the next request is answered. */
let answer: (request: IncomingMessage) => { status: number; body: string }

beforeEach(async () => {
  asked = []
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method, url, headers } = request
      asked.push({ method, url, authorization: headers.authorization, body: Buffer.concat(chunks) })
      const { status, body } = answer(request)
      response.writeHead(status).end(body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const egress = parseEgressAllow('127.0.0.1')
  if (!egress.ok) throw new Error('bad policy')
  caller = createHttpCaller({ egress: egress.policy })
})

afterEach(async () => {
  await caller.close()
  server.close()
  server.closeAllConnections()
})

function contract(): Contract {
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const parsed = parseContract(
    `effect: file.put
version: 1
payload: { type: object, required: [name], properties: { name: { type: string } } }
auth: { bearer: "\${secret:TOKEN}" }
prepare: { request: { url: ${at}/links, body: { json: { name: "\${payload./name}" } } }, keep: { link: /url } }
call: { method: PUT, url: "\${prepare.link}", body: { base64: "\${payload./file}", type: text/plain }, timeout: 2s }
provider: { key: { in: header, at: Idempotency-Key }, repeat: overwrites }
verify:
  by_key: { read: { url: "${at}/files?key=\${key}" }, items: "", where: { /key: "\${key}" } }
  canary: { url: ${at}/me }
on_unknown: reconcile
rollback: { strategy: none }
`,
    'file.yaml',
  )
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.contract
}

const deps = () => ({ caller, secret: () => 'sk_live_0123456789', now: Date.now })

describe('preparing at a provider', () => {
  it('asks with the credential, and the call goes where it was told, with the bytes that were meant', async () => {
    answer = () => ({ status: 200, body: '{"url": "/up/7?sig=a%2Fb"}' })
    const made = await prepareCall(deps(), contract(), ENTRY, NEVER)
    expect(made).toEqual({ ok: true, values: '{"link":"/up/7?sig=a%2Fb"}' })
    const prepared = made.ok ? made.values : null
    const called = await callProvider(deps(), contract(), { ...ENTRY, prepared }, NEVER)
    expect(called).toMatchObject({ outcome: 'success' })
    expect(asked).toEqual([
      {
        method: 'POST',
        url: '/links',
        authorization: 'Bearer sk_live_0123456789',
        body: Buffer.from('{"name":"a.txt"}'),
      },
      {
        method: 'PUT',
        url: '/up/7?sig=a%2Fb',
        authorization: 'Bearer sk_live_0123456789',
        body: Buffer.from([0, 1, 255]),
      },
    ])
  })

  it('has not called when it is refused, and shows the answer without the credential', async () => {
    answer = ({ headers }) => ({ status: 422, body: `no: ${headers.authorization}` })
    expect(await prepareCall(deps(), contract(), ENTRY, NEVER)).toMatchObject({
      ok: false,
      result: {
        outcome: 'validation_failure',
        cause: 'prepare_http_422',
        answered: false,
        evidence: { phase: 'blocked', status: 422, error: 'step 1: status 422', excerpt: 'no: Bearer [hidden]' },
      },
    })
  })

  it('has not called when nobody answers', async () => {
    const nowhere = contract()
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
    expect(await prepareCall(deps(), nowhere, ENTRY, NEVER)).toMatchObject({
      ok: false,
      result: {
        outcome: 'retryable_failure',
        cause: 'prepare_ECONNREFUSED',
        evidence: { phase: 'blocked', status: null },
      },
    })
  })

  it('asks nobody for a payload that does not fit', async () => {
    const unfit = { ...ENTRY, payload: '{"name": 7}' }
    expect(await prepareCall(deps(), contract(), unfit, NEVER)).toMatchObject({
      ok: false,
      result: { outcome: 'validation_failure', cause: 'payload_does_not_fit' },
    })
    expect(asked).toEqual([])
  })

  it('keeps the link out of what is shown of the call’s answer', async () => {
    answer = ({ url }) => ({ status: 403, body: `expired: ${url}` })
    const called = await callProvider(deps(), contract(), { ...ENTRY, prepared: '{"link":"/up/7?sig=secret"}' }, NEVER)
    expect(called).toMatchObject({ cause: 'http_403', evidence: { excerpt: 'expired: [hidden]' } })
  })
})
