import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createPostHandler, type Post, type PostEndpoint, type Refusal } from './post-endpoint.ts'
import { type HealthServer, serveHealth } from './serve-health.ts'

let server: HealthServer | undefined
let received: Post[]
afterEach(() => server?.close())

const LIMITS = { bytesMax: 1_000, withinMs: 10_000, underWayMax: 10 }

async function serve(answer: PostEndpoint['answer'] = async () => null, limits: Partial<typeof LIMITS> = {}) {
  received = []
  const endpoint = { prefix: '/callbacks/', ...LIMITS, ...limits }
  server = await serveHealth({
    port: 0,
    host: '127.0.0.1',
    live: () => true,
    ready: async () => [],
    metrics: async () => '',
    also: createPostHandler({
      ...endpoint,
      answer: async (post) => {
        received.push(post)
        return answer(post)
      },
    }),
  })
}

const urlOf = (path: string) => `http://127.0.0.1:${server?.port}${path}`

async function post(path: string, body: string | Uint8Array<ArrayBuffer> = '{}', headers: Record<string, string> = {}) {
  const request = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } }
  const response = await fetch(urlOf(path), request)
  return { status: response.status, headers: response.headers, body: await response.text() }
}

/** Sends bytes as they are, and gives what comes back until the connection ends. */
async function raw(text: string): Promise<string> {
  const socket = connect(server?.port ?? 0, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += String(chunk)
  })
  socket.on('error', () => {})
  socket.write(text)
  await once(socket, 'close')
  return answer
}

describe('a post from outside', () => {
  it.each([
    ['/callbacks/acme/invoice.issue', ['acme', 'invoice.issue']],
    ['/callbacks/a%2Fb%20c/x?y=1', ['a/b c', 'x']],
    ['/callbacks/%C3%A4', ['ä']],
  ])('to %s is handed on with its path, headers and bytes', async (path, parts) => {
    await serve()
    const body = new Uint8Array([0x7b, 0xff, 0x00])
    expect(await post(path, body, { 'X-Signature': 'abc' })).toMatchObject({ status: 202, body: '' })
    expect(received).toMatchObject([{ path: parts, headers: { 'x-signature': 'abc' } }])
    expect(received[0]?.body).toEqual(Buffer.from(body))
  })

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/cloudevents+json',
    'Application/JSON ;charset=utf-8',
  ])('may be %s', async (type) => {
    await serve()
    expect((await post('/callbacks/a', '{}', { 'content-type': type })).status).toBe(202)
  })

  it.each<[string, () => ReturnType<typeof post>, number, string]>([
    ['with no path', () => post('/callbacks/'), 404, 'not_found'],
    ['with a hole in its path', () => post('/callbacks/a//b'), 404, 'not_found'],
    ['with a zero in its path', () => post('/callbacks/a%00'), 404, 'not_found'],
    ['with a path that is no text', () => post('/callbacks/%ff'), 404, 'not_found'],
    [
      'of a form',
      () => post('/callbacks/a', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'media_type_unsupported',
    ],
    [
      'of something like JSON',
      () => post('/callbacks/a', '{}', { 'content-type': 'application/jsonx' }),
      415,
      'media_type_unsupported',
    ],
    [
      'that is compressed',
      () => post('/callbacks/a', 'x', { 'content-encoding': 'gzip' }),
      415,
      'media_type_unsupported',
    ],
    ['that is too large', () => post('/callbacks/a', 'x'.repeat(1_001)), 413, 'body_too_large'],
    ['that is far too large', () => post('/callbacks/a', 'x'.repeat(3_000_000)), 413, 'body_too_large'],
  ])('%s is refused with a problem document, and handed on to nobody', async (_, send, status, code) => {
    await serve()
    const answer = await send()
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      status,
      { type: 'about:blank', title: expect.any(String), status, code, detail: expect.stringMatching(/\.$/) },
    ])
    expect(received).toEqual([])
  })

  it('of the largest size is accepted', async () => {
    await serve()
    expect((await post('/callbacks/a', 'x'.repeat(1_000))).status).toBe(202)
  })

  it('must be one', async () => {
    await serve()
    const answer = await fetch(urlOf('/callbacks/a'))
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('gets the refusal of whoever reads it', async () => {
    const refusal: Refusal = {
      status: 401,
      code: 'nobody',
      detail: 'Not you.',
      headers: { 'www-authenticate': 'Signature' },
    }
    await serve(async () => refusal)
    const answer = await post('/callbacks/a')
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Signature'])
    expect(JSON.parse(answer.body)).toMatchObject({ title: 'Unauthorized', code: 'nobody' })
  })

  it('is to come again when reading it fails, and hears no reason', async () => {
    await serve(async () => {
      throw new Error('password wrong')
    })
    const answer = await post('/callbacks/a')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(answer.body).not.toContain('password')
  })

  it('is to come again when there are too many', async () => {
    let release = () => {}
    const held = new Promise<null>((resolve) => {
      release = () => resolve(null)
    })
    await serve(() => held, { underWayMax: 1 })
    const first = post('/callbacks/a')
    await expect.poll(() => received.length).toBe(1)
    expect(await post('/callbacks/a')).toMatchObject({ status: 503 })
    expect((await fetch(urlOf('/livez'))).status).toBe(200)
    release()
    expect((await first).status).toBe(202)
    expect((await post('/callbacks/a')).status).toBe(202)
  })

  it('that drips is cut when its time is over', async () => {
    await serve(undefined, { withinMs: 100 })
    const answer = await raw(
      'POST /callbacks/a HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{',
    )
    expect(answer).toContain('408 Request Timeout')
    expect(answer).toContain('body_too_slow')
    expect(received).toEqual([])
  })

  it('that never ends is cut, also when it is refused at once', async () => {
    await serve(undefined, { withinMs: 100 })
    const answer = await raw(
      'POST /callbacks/a HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\n{',
    )
    expect(answer).toContain('415 Unsupported Media Type')
  })

  it.each(['//', '/callbacks', '*', '/%', '/livez/../callbacks'])('to %s ends nothing', async (path) => {
    await serve()
    const answer = await raw(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
    expect(answer).toContain('404 Not Found')
    expect((await fetch(urlOf('/livez'))).status).toBe(200)
  })
})
