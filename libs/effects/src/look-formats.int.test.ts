import { createHash } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { type Contract, parseContract } from '@readback/contract'
import { afterEach, describe, expect, it } from 'vitest'
import { parseEgressAllow } from './egress.ts'
import { createHttpCaller, type HttpCaller } from './http-caller.ts'
import { type LookResult, lookAtProvider } from './look-at-provider.ts'
import { serveHttp, type TestServer } from './testing/server.ts'

const CONTENT = 'Zoë, 12.50 €'
const SUBJECT = {
  entryId: 'e1',
  tenant: 'acme',
  effect: 'object.store',
  key: 'k/1',
  payload: JSON.stringify({ content: CONTENT, name: 'Zoë' }),
  createdAt: '2026-11-22T17:00:00Z',
  externalId: null,
  calls: 1,
  answeredCalls: 1,
  seenPresentBefore: false,
}

let server: TestServer
let caller: HttpCaller

afterEach(async () => {
  await caller.close()
  await server.stop()
})

/** What a look by these lines of `verify` sees of a server. */
async function look(verify: (url: string) => string, listener: RequestListener): Promise<LookResult> {
  server = await serveHttp(listener)
  const allowed = parseEgressAllow('127.0.0.1')
  if (!allowed.ok) throw new Error('bad policy')
  caller = createHttpCaller({ egress: allowed.policy })
  const url = `http://127.0.0.1:${server.port}`
  const contract = load(`effect: object.store
version: 1
call: { method: PUT, url: "${url}/o/\${key}", body: { text: "\${payload./content}" }, timeout: 5s }
provider: { key: { in: path }, repeat: overwrites }
verify: ${verify(url)}
on_unknown: reconcile
rollback: { strategy: none }
`)
  return lookAtProvider({ caller, secret: () => undefined }, contract, SUBJECT, new AbortController().signal)
}

function load(text: string): Contract {
  const parsed = parseContract(text, 'object.yaml')
  if (parsed.ok) return parsed.contract
  throw new Error(JSON.stringify(parsed.problems))
}

describe('a look over HTTP', () => {
  const sameBytes = (url: string) =>
    `{ by_key: { read: { url: "${url}/o/\${key}" } }, present: { body: { sha256_of: call } } }`

  it.each<[string, Buffer, string]>([
    ['the same bytes', Buffer.from(CONTENT), 'present'],
    ['one byte more, that is no text', Buffer.concat([Buffer.from(CONTENT), Buffer.from([0xff])]), 'mismatch'],
    ['none', Buffer.alloc(0), 'mismatch'],
  ])('that compares an object by its bytes finds %s', async (_, bytes, verdict) => {
    const seen = await look(sameBytes, (_request, response) => response.end(bytes))
    expect(seen.verdict).toBe(verdict)
  })

  it('that asks with HEAD compares headers', async () => {
    const etag = createHash('md5').update(CONTENT).digest('hex')
    const verify = (url: string) =>
      `{ by_key: { read: { method: HEAD, url: "${url}/o/\${key}" } }, present: { header: { ETag: { re: '"(.*)"', equals: "\${payload./content}", by: md5 } } } }`
    const seen = await look(verify, (request, response) => {
      const found = request.method === 'HEAD' && request.url === '/o/k%2F1'
      response.writeHead(found ? 200 : 500, { etag: `"${etag}"`, 'content-length': '17' }).end()
    })
    expect(seen).toMatchObject({ verdict: 'present', evidence: { status: 200 } })
  })

  it.each([
    ['iso-8859-1', 'present'],
    ['utf-8', 'inconclusive'],
  ])('that meets Latin-1 labelled as %s is %s', async (charset, verdict) => {
    const verify = (url: string) =>
      `{ by_key: { decode: text, read: { url: "${url}/o/\${key}" } }, present: { match: { "": { re: "name=(.*)", equals: "\${payload./name}" } } } }`
    const seen = await look(verify, (_, response) => {
      response
        .writeHead(200, { 'content-type': `text/plain; charset=${charset}` })
        .end(Buffer.from('name=Zoë', 'latin1'))
    })
    expect(seen.verdict).toBe(verdict)
  })

  it('that follows Link headers reads all pages, and keeps what the contract names', async () => {
    const verify = (url: string) => `
  by_key: { read: { url: "${url}/o" }, items: "", where: { /key: "\${key}" }, next: { link: next } }
  keep: { etag: /etag }`
    const seen = await look(verify, (request, response) => {
      const last = request.url === '/o?page=2'
      response.setHeader('link', last ? '</o>; rel="first"' : '</o?page=2>; rel="next"')
      response.end(JSON.stringify(last ? [{ key: 'k/1', etag: 'e-7' }] : [{ key: 'k/10' }]))
    })
    expect(seen).toMatchObject({ verdict: 'present', kept: '{"etag":"e-7"}', evidence: { pages: 2 } })
  })
})
