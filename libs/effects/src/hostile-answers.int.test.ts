import type { Socket } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { callProvider } from './call-provider.ts'
import { lookAtProvider } from './look-at-provider.ts'
import { GOOD, head, NOTE, NOTE_CALLED, type NoteWorld, noteWorld, ok, says } from './testing/notes.ts'
import { post, serveSockets } from './testing/server.ts'

const NEVER = new AbortController().signal

let world: NoteWorld
afterEach(() => world.stop())

const saysAndCloses = (bytes: string | Buffer) => (socket: Socket) => void socket.end(bytes)

function pours(start: string, piece: string) {
  return (socket: Socket) => {
    socket.write(start)
    const pour = (): void => {
      while (!socket.destroyed && socket.write(piece));
    }
    socket.on('drain', pour)
    pour()
  }
}

const BOMB = Buffer.alloc(20_000_000, '[')
const UNKNOWN = 'side_effect_unknown'

/** What the server does; phase, outcome and cause of a call; verdict and cause of a look. */
const ROWS: [string, (socket: Socket) => void, call: [string, string, string], look: [string, string]][] = [
  ['answers well', says(ok(GOOD)), ['complete', 'success', 'http_200'], ['present', 'present']],
  [
    'answers in HTTP/1.0 until it closes',
    saysAndCloses(`${head('HTTP/1.0 200 OK')}${GOOD}`),
    ['complete', 'success', 'http_200'],
    ['present', 'present'],
  ],
  [
    'answers in HTTP/1.0 and cuts itself off',
    saysAndCloses(`${head('HTTP/1.0 200 OK')}${GOOD.slice(0, 20)}`),
    ['complete', 'success', 'http_200'],
    ['inconclusive', 'look_not_json'],
  ],
  [
    'compresses, though it was asked not to',
    says(ok(gzipSync(GOOD), 'content-encoding: gzip')),
    ['complete', 'success', 'http_200'],
    ['present', 'present'],
  ],
  [
    'compresses with brotli',
    says(ok(brotliCompressSync(GOOD), 'content-encoding: BR')),
    ['complete', 'success', 'http_200'],
    ['present', 'present'],
  ],
  [
    'compresses with deflate',
    says(ok(deflateSync(GOOD), 'content-encoding: deflate')),
    ['complete', 'success', 'http_200'],
    ['present', 'present'],
  ],
  [
    'compresses with deflate, without the wrapper',
    says(ok(deflateRawSync(GOOD), 'content-encoding: deflate')),
    ['complete', 'success', 'http_200'],
    ['present', 'present'],
  ],
  [
    'sends a bomb of gzip',
    says(ok(gzipSync(BOMB), 'content-encoding: gzip')),
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  [
    'sends a bomb of brotli',
    says(ok(brotliCompressSync(BOMB), 'content-encoding: br')),
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  [
    'sends a bomb of deflate',
    says(ok(deflateSync(BOMB), 'content-encoding: deflate')),
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  [
    'compresses twice',
    says(ok(gzipSync(gzipSync(GOOD)), 'content-encoding: gzip, gzip')),
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  [
    'calls plain text gzip',
    says(ok(GOOD, 'content-encoding: gzip')),
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  [
    'cuts its gzip short',
    says(ok(gzipSync(GOOD).subarray(0, 30), 'content-encoding: gzip')),
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  [
    'calls JSON a picture',
    says(ok(GOOD, 'content-type: image/png')),
    ['complete', 'success', 'http_200'],
    ['present', 'present'],
  ],
  [
    'writes in Latin-1, and says so',
    says(ok(Buffer.from(GOOD, 'latin1'), 'content-type: application/json; charset=ISO-8859-1')),
    ['complete', 'success', 'http_200'],
    ['present', 'present'],
  ],
  [
    'writes in a charset that nobody knows',
    says(ok(GOOD, 'content-type: application/json; charset=klingon')),
    ['complete', 'success', 'http_200'],
    ['present', 'present'],
  ],
  [
    'answers with a page for people',
    says(ok('<html>OK</html>', 'content-type: application/json')),
    ['complete', 'success', 'http_200'],
    ['inconclusive', 'look_not_json'],
  ],
  ['answers with nothing', says(ok('')), ['complete', 'success', 'http_200'], ['inconclusive', 'look_not_json']],
  [
    'answers 204 with a body',
    says(`${head('HTTP/1.1 204 No Content', 'content-length: 5')}hello`),
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  [
    'promises more than it sends',
    saysAndCloses(`${head('HTTP/1.1 200 OK', 'content-length: 1000')}${GOOD}`),
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  [
    'sends more than it promised',
    says(`${head('HTTP/1.1 200 OK', 'content-length: 2')}{}${GOOD}`),
    ['complete', 'success', 'http_200'],
    ['inconclusive', 'look_without_list'],
  ],
  [
    'sends a second answer behind the first',
    says(Buffer.concat([ok(GOOD), ok('{}')])),
    ['complete', 'success', 'http_200'],
    ['present', 'present'],
  ],
  [
    'gives two lengths',
    says(`${head('HTTP/1.1 200 OK', 'content-length: 2', 'content-length: 47')}${GOOD}`),
    ['request', UNKNOWN, 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
    ['inconclusive', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
  ],
  [
    'gives a length and chunks',
    says(`${head('HTTP/1.1 200 OK', 'content-length: 2', 'transfer-encoding: chunked')}2\r\n{}\r\n0\r\n\r\n`),
    ['request', UNKNOWN, 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
    ['inconclusive', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
  ],
  [
    'gives a length that is none',
    says(`${head('HTTP/1.1 200 OK', 'content-length: -1')}${GOOD}`),
    ['request', UNKNOWN, 'HTTPParserError'],
    ['inconclusive', 'HTTPParserError'],
  ],
  [
    'sends chunks that are none',
    says(`${head('HTTP/1.1 200 OK', 'transfer-encoding: chunked')}zz\r\n${GOOD}\r\n0\r\n\r\n`),
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  [
    'ends without the last chunk',
    saysAndCloses(`${head('HTTP/1.1 200 OK', 'transfer-encoding: chunked')}2\r\n{}\r\n`),
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  [
    'never ends its body',
    pours(head('HTTP/1.1 200 OK'), 'x'.repeat(65_536)),
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  [
    'never ends its headers',
    pours('HTTP/1.1 200 OK\r\n', 'x-a: b\r\n'.repeat(1_000)),
    ['request', UNKNOWN, 'UND_ERR_HEADERS_OVERFLOW'],
    ['inconclusive', 'UND_ERR_HEADERS_OVERFLOW'],
  ],
  [
    'has one endless header',
    pours('HTTP/1.1 200 OK\r\nx: ', 'y'.repeat(65_536)),
    ['request', UNKNOWN, 'UND_ERR_HEADERS_OVERFLOW'],
    ['inconclusive', 'UND_ERR_HEADERS_OVERFLOW'],
  ],
  [
    'never ends its trailers',
    pours(`${head('HTTP/1.1 200 OK', 'transfer-encoding: chunked')}0\r\n`, 'x-a: b\r\n'.repeat(1_000)),
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  [
    'says "early hints" for ever',
    pours('', head('HTTP/1.1 103 Early Hints', 'link: </a>').repeat(100)),
    ['request', UNKNOWN, 'too_many_interim'],
    ['inconclusive', 'too_many_interim'],
  ],
  [
    'says "processing" before it answers',
    says(Buffer.concat([Buffer.from(head('HTTP/1.1 102 Processing').repeat(3)), ok(GOOD)])),
    ['complete', 'success', 'http_200'],
    ['present', 'present'],
  ],
  [
    'says "continue" to what did not ask',
    says(Buffer.concat([Buffer.from(head('HTTP/1.1 100 Continue')), ok(GOOD)])),
    ['request', UNKNOWN, 'UND_ERR_SOCKET'],
    ['inconclusive', 'UND_ERR_SOCKET'],
  ],
  [
    'drips its headers',
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx: ')
      const drip = setInterval(() => socket.write('y'), 20)
      socket.on('close', () => clearInterval(drip))
    },
    ['request', UNKNOWN, 'deadline'],
    ['inconclusive', 'deadline'],
  ],
  [
    'drips a byte now and then',
    (socket) => {
      socket.write(head('HTTP/1.1 200 OK'))
      const drip = setInterval(() => socket.write('['), 20)
      socket.on('close', () => clearInterval(drip))
    },
    ['response', UNKNOWN, 'truncated'],
    ['inconclusive', 'look_truncated'],
  ],
  ['says nothing', () => {}, ['request', UNKNOWN, 'deadline'], ['inconclusive', 'deadline']],
  [
    'changes the protocol',
    says(head('HTTP/1.1 101 Switching Protocols', 'upgrade: h2c', 'connection: upgrade')),
    ['request', UNKNOWN, 'UND_ERR_SOCKET'],
    ['inconclusive', 'UND_ERR_SOCKET'],
  ],
  [
    'offers another protocol beside its answer',
    says(ok(GOOD, 'upgrade: h2c', 'connection: upgrade')),
    ['complete', 'success', 'http_200'],
    ['present', 'present'],
  ],
  [
    'speaks another protocol',
    says('220 mail.example ESMTP\r\n'),
    ['request', UNKNOWN, 'HTTPParserError'],
    ['inconclusive', 'HTTPParserError'],
  ],
  [
    'puts a zero into a header',
    says(ok(GOOD, 'x-a: b\0c')),
    ['request', UNKNOWN, 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
    ['inconclusive', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
  ],
  [
    'names its headers after our own parts',
    says(ok(GOOD, '__proto__: x', 'constructor: y', 'toString: z')),
    ['complete', 'success', 'http_200'],
    ['present', 'present'],
  ],
  [
    'has a status that is none',
    says(head('HTTP/1.1 999 Odd', 'content-length: 0')),
    ['complete', UNKNOWN, 'http_999'],
    ['inconclusive', 'look_http_999'],
  ],
  [
    'answers a list in a list in a list',
    says(ok('['.repeat(40_000))),
    ['complete', 'success', 'http_200'],
    ['inconclusive', 'look_not_json'],
  ],
]

/** Only the deadline ends these. */
const SLOW = /^(?:drips|says nothing)/

describe('a provider that', () => {
  it.each(ROWS)('%s', async (what, behaviour, [phase, outcome, cause], [verdict, why]) => {
    world = await noteWorld(behaviour, SLOW.test(what) ? '400ms' : '20s')
    const call = await callProvider(world.deps, world.contract, NOTE, NEVER)
    expect([call.evidence.phase, call.outcome, call.cause]).toEqual([phase, outcome, cause])
    const look = await lookAtProvider(world.deps, world.contract, NOTE_CALLED, NEVER)
    expect([look.verdict, look.cause]).toEqual([verdict, why])
  })

  it('sends a bomb costs a capped piece of memory, and says so in the evidence', async () => {
    world = await noteWorld(says(ok(gzipSync(BOMB), 'content-encoding: gzip')))
    const call = await callProvider(world.deps, world.contract, NOTE, NEVER)
    expect(call.evidence).toMatchObject({
      status: 200,
      error: 'body_unreadable: more than 50000 bytes when decompressed',
      excerpt: null,
    })
    expect(call.evidence.bytes).toBeLessThan(50_000)
  })

  it('sends a second answer behind the first does not answer the next request with it', async () => {
    let connections = 0
    const server = await serveSockets((socket) => {
      connections += 1
      const name = `{"connection":${connections}}`
      socket.on('data', () => socket.write(Buffer.concat([ok(name), ok('{"stale":true}')])))
    })
    world = await noteWorld(says(ok(GOOD)))
    const plan = post(server.port)
    const bodies: unknown[] = []
    for (let request = 0; request < 5; request += 1) {
      bodies.push((await world.deps.caller.send(plan, NEVER)).answer?.body)
    }
    expect(bodies).toEqual([1, 2, 3, 4, 5].map((connection) => `{"connection":${connection}}`))
    await server.stop()
  })
})
