import { once } from 'node:events'
import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { parseEgressAllow } from './egress.ts'
import { createHttpCaller, type HttpCaller, type HttpCallerOptions } from './http-caller.ts'
import { later, post, serveHttp, serveSockets, type TestServer } from './testing/server.ts'

const NEVER = new AbortController().signal
const opened: { close?: () => Promise<void>; stop?: () => Promise<void> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0)) await (one.close?.() ?? one.stop?.())
})

function caller(options: Partial<HttpCallerOptions> = {}, allow = '127.0.0.0/8'): HttpCaller {
  const parsed = parseEgressAllow(allow)
  if (!parsed.ok) throw new Error(parsed.problems.join('; '))
  const made = createHttpCaller({ egress: parsed.policy, ...options })
  opened.push(made)
  return made
}

async function server(starting: Promise<TestServer>): Promise<TestServer> {
  const started = await starting
  opened.unshift(started)
  return started
}

/** Answers every request on the socket with these bytes. */
const answering = (bytes: string) => (socket: Socket) => socket.on('data', () => socket.write(bytes))

describe('an answer that came whole', () => {
  it('is returned with its status, headers and body', async () => {
    const { port } = await server(
      serveHttp((request, response) => {
        response.writeHead(201, { 'X-One': 'a', 'set-cookie': ['b=1', 'c=2'] })
        request.pipe(response)
      }),
    )
    const exchange = await caller().send(post(port, { body: '{"name":"Zoë"}' }), NEVER)
    expect(exchange).toMatchObject({
      phase: 'complete',
      requestSent: true,
      statusCode: 201,
      error: null,
    })
    expect(exchange.answer).toMatchObject({
      status: 201,
      body: '{"name":"Zoë"}',
      truncated: false,
      headers: { 'x-one': 'a', 'set-cookie': 'b=1, c=2' },
    })
    expect(exchange.durationMs).toBeGreaterThan(0)
  })

  it('asks for no compression, and reads what comes compressed all the same', async () => {
    let asked: unknown
    const { port } = await server(
      serveHttp((request, response) => {
        asked = request.headers['accept-encoding']
        response.writeHead(200, { 'content-encoding': 'gzip' })
        response.end(gzipSync(Buffer.alloc(1_000_000)))
      }),
    )
    const exchange = await caller().send(post(port), NEVER)
    expect(asked).toBe('identity')
    expect(exchange.bytesReceived).toBeLessThan(2_500)
    expect(exchange.answer?.body).toHaveLength(1_000_000)
  })

  it('is the last one, after informational ones', async () => {
    const bytes = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'
    const { port } = await server(serveSockets(answering(bytes)))
    expect(await caller().send(post(port), NEVER)).toMatchObject({ statusCode: 200, answer: { body: '{}' } })
  })

  it('is a redirect, when it is one: nobody follows it', async () => {
    const target = await server(serveHttp((_, response) => response.end()))
    const { port } = await server(
      serveHttp((_, response) => {
        response.writeHead(307, { location: `http://127.0.0.1:${target.port}/` }).end()
      }),
    )
    expect(await caller().send(post(port), NEVER)).toMatchObject({ phase: 'complete', statusCode: 307 })
    expect(target.connections()).toBe(0)
  })
})

describe('a request that provably did not leave', () => {
  it('had its end before it was connected, or got a socket: nothing of it arrives', async () => {
    const arrived: string[] = []
    const { port } = await server(
      serveHttp((request, response) => {
        arrived.push(request.url ?? '')
        later(200, () => response.end())
      }),
    )
    const one = caller({ connections: 1 })
    const inMs = (ms: number) => ({ notAfterMs: performance.now() + ms })
    const over = await one.send(post(port, inMs(-1)), NEVER)
    const [first, second] = await Promise.all([
      one.send(post(port, inMs(5_000)), NEVER),
      one.send(post(`http://127.0.0.1:${port}/second`, inMs(100)), NEVER),
    ])
    expect(first).toMatchObject({ statusCode: 200 })
    for (const late of [over, second])
      expect(late).toMatchObject({ requestSent: false, answer: null, error: { code: 'expired' } })
    expect(arrived).toEqual(['/v1/things'])
  })

  it('waited for a socket until its deadline, and is not written later', async () => {
    const seen: string[] = []
    let release = () => {}
    const { port } = await server(
      serveHttp((request, response) => {
        seen.push(request.url ?? '')
        release = () => void response.end('{}')
        if (request.url !== '/first') response.end('{}')
      }),
    )
    const one = caller({ connections: 1 })
    const first = one.send(post(`http://127.0.0.1:${port}/first`), NEVER)
    const second = await one.send(post(`http://127.0.0.1:${port}/second`, { timeoutMs: 200 }), NEVER)
    expect(second).toMatchObject({ phase: 'connect', requestSent: false, error: { code: 'deadline' } })
    release()
    expect(await first).toMatchObject({ phase: 'complete' })
    await one.send(post(`http://127.0.0.1:${port}/third`), NEVER)
    expect(seen).toEqual(['/first', '/third'])
  })

  it('was stopped before it began', async () => {
    const { port, connections } = await server(serveHttp((_, response) => response.end()))
    expect(await caller().send(post(port), AbortSignal.abort())).toMatchObject({
      requestSent: false,
      error: { code: 'aborted' },
    })
    expect(connections()).toBe(0)
  })

  it('could not be written as HTTP', async () => {
    const { port } = await server(serveHttp((_, response) => response.end()))
    const exchange = await caller().send(post(port, { headers: [['bad header', 'x']] }), NEVER)
    expect(exchange).toMatchObject({ phase: 'blocked', requestSent: false })
  })

  it('had no URL', async () => {
    expect(await caller().send(post('nonsense'), NEVER)).toMatchObject({ phase: 'blocked', requestSent: false })
  })
})

describe('a request that may have left', () => {
  it('is not written again when a kept connection turns out to be dead', async () => {
    let requests = 0
    const { port, connections } = await server(
      serveSockets((socket) => {
        socket.on('data', () => {
          requests += 1
          if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
          else socket.resetAndDestroy()
        })
      }),
    )
    const one = caller({ connections: 1 })
    await one.send(post(port), NEVER)
    expect(await one.send(post(port), NEVER)).toMatchObject({ requestSent: true, answer: null, phase: 'sent' })
    expect([requests, connections()]).toEqual([2, 1])
  })

  it.each(['POST', 'PUT', 'DELETE', 'GET'])(
    'by %s is written once, however many others fail beside it',
    async (method) => {
      let requests = 0
      const { port } = await server(
        serveHttp((request) => {
          requests += 1
          request.socket.destroy()
        }),
      )
      const one = caller({ connections: 2 })
      const plan = post(port, { method, body: method === 'GET' ? null : '{}' })
      const exchanges = await Promise.all(Array.from({ length: 20 }, () => one.send(plan, NEVER)))
      expect(exchanges.filter(({ requestSent }) => requestSent)).toHaveLength(requests)
      expect(requests).toBe(20)
    },
  )

  it('ends when the caller stops it', async () => {
    const { port } = await server(serveHttp(() => stop.abort()))
    const stop = new AbortController()
    expect(await caller().send(post(port), stop.signal)).toMatchObject({
      requestSent: true,
      answer: null,
      error: { code: 'aborted' },
    })
  })

  it('ends when the caller closes', async () => {
    const { port } = await server(serveHttp(() => void one.close()))
    const one = caller()
    expect(await one.send(post(port), NEVER)).toMatchObject({ requestSent: true, answer: null })
  })
})

describe('an answer that was cut', () => {
  const CUT = { phase: 'response', requestSent: true, statusCode: 200, answer: { status: 200, truncated: true } }

  it('is larger than the cap, and no more of it is read', async () => {
    const { port } = await server(
      serveHttp((_, response) => {
        response.writeHead(200)
        const pour = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        }
        response.on('drain', pour)
        pour()
      }),
    )
    const exchange = await caller({ maxBodyBytes: 100_000 }).send(post(port), NEVER)
    expect(exchange).toMatchObject({ ...CUT, error: { code: 'body_too_large' } })
    expect(exchange.answer?.body).toHaveLength(100_000)
    expect(exchange.bytesReceived).toBeLessThan(1_000_000)
  })
})

describe('the egress guard', () => {
  it.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://0x7f000001:PORT/',
    'http://2130706433:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://0.0.0.0:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::1]:PORT/',
    'https://127.0.0.1:PORT/',
    'https://localhost:PORT/',
    'https://[::ffff:7f00:1]:PORT/',
    'https://[64:ff9b::127.0.0.1]:PORT/',
    'https://169.254.169.254/latest/meta-data/',
  ])('lets no packet out to %s', async (url) => {
    const { port, connections } = await server(serveHttp((_, response) => response.end()))
    const exchange = await caller({}, '').send(post(url.replace('PORT', String(port))), NEVER)
    expect(exchange).toMatchObject({
      phase: 'blocked',
      requestSent: false,
      answer: null,
      error: { code: 'egress_denied' },
    })
    expect(connections()).toBe(0)
  })

  it.each([
    ['127.0.0.0/8', '127.0.0.1'],
    ['127.0.0.1', 'localhost'],
    ['localhost', 'localhost'],
    ['LOCALHOST', 'localhost'],
    ['10.0.0.0/8, 127.0.0.1/32', '[::ffff:127.0.0.1]'],
  ])('with %s listed lets %s through', async (allow, host) => {
    const { port } = await server(serveHttp((_, response) => response.end('{}')))
    expect(await caller({}, allow).send(post(`http://${host}:${port}/`), NEVER)).toMatchObject({
      phase: 'complete',
      statusCode: 200,
    })
  })

  it('does not let a listed name open the addresses of others', async () => {
    const { port } = await server(serveHttp((_, response) => response.end()))
    const exchange = await caller({}, 'localhost').send(post(port), NEVER)
    expect(exchange).toMatchObject({ phase: 'blocked', error: { code: 'egress_denied' } })
  })
})

describe('closing', () => {
  it('leaves no socket open', async () => {
    const { port } = await server(
      serveHttp((request, response) => {
        closed = once(request.socket, 'close')
        response.end('{}')
      }),
    )
    let closed: Promise<unknown> = Promise.resolve()
    const one = caller()
    await one.send(post(port), NEVER)
    await one.close()
    await closed
  })
})
