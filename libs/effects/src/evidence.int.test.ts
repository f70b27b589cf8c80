import { afterEach, describe, expect, it } from 'vitest'
import { callProvider } from './call-provider.ts'
import { lookAtProvider } from './look-at-provider.ts'
import { TEST_CERTIFICATE, TEST_KEY } from './testing/certificate.ts'
import { replying, serveMail } from './testing/mail-server.ts'
import { MAIL, mailCaller, mailContract, mailDeps } from './testing/mails.ts'
import {
  answers,
  type Behaviour,
  GOOD,
  NOTE,
  NOTE_CALLED,
  type NoteOptions,
  noteWorld,
  ok,
  says,
} from './testing/notes.ts'
import { hangsUp, saysNothing } from './testing/outcome-row.ts'
import { blackHole } from './testing/server.ts'

const NEVER = new AbortController().signal
const SECRET = 'secret-of-ours-0123'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function worldOf(does: Behaviour, options: NoteOptions = {}) {
  const world = await noteWorld(does, { secret: SECRET, ...options })
  stops.push(world.stop)
  return world
}

async function evidenceOf(does: Behaviour, options: NoteOptions = {}, payload = NOTE.payload) {
  const { deps, contract } = await worldOf(does, options)
  return (await callProvider(deps, contract, { ...NOTE, payload }, NEVER)).evidence
}

describe('the evidence of a call that was no success', () => {
  it('is all that happened on the wire, as far as it happened', async () => {
    const headers = ['date: Sun, 22 Nov 2026 17:00:00 GMT', 'x-request-id: r-1', 'retry-after: 3', 'set-cookie: a=b']
    expect(await evidenceOf(answers(429, '{"code":"slow_down"}', ...headers))).toEqual({
      phase: 'complete',
      status: 429,
      duration_ms: expect.any(Number),
      bytes_sent: expect.any(Number),
      bytes_received: 147,
      timings_ms: { connect: expect.any(Number), first_byte: expect.any(Number) },
      headers: {
        'x-request-id': 'r-1',
        'content-length': '20',
        date: 'Sun, 22 Nov 2026 17:00:00 GMT',
        'retry-after': '3',
      },
      excerpt: '{"code":"slow_down"}',
    })
  })

  it('says how the connection was made where the name was looked up, and nothing of it where it was kept', async () => {
    const { deps, contract } = await worldOf(answers(500), {
      url: (port) => `http://localhost:${port}`,
      allow: 'localhost',
      connections: 1,
    })
    const call = async () => Object.keys((await callProvider(deps, contract, NOTE, NEVER)).evidence.timings_ms ?? {})
    expect(await call()).toEqual(['dns', 'connect', 'first_byte'])
    expect(await call()).toEqual(['first_byte'])
  })

  it('counts the bytes of this request alone on a connection that is used again', async () => {
    const { deps, contract } = await worldOf(answers(500), { connections: 1 })
    const call = async () => (await callProvider(deps, contract, NOTE, NEVER)).evidence
    const [first, second] = [await call(), await call()]
    expect(first.bytes_sent).toBeGreaterThan(150)
    expect([second.bytes_sent, second.bytes_received]).toEqual([first.bytes_sent, first.bytes_received])
  })

  it('tells a request that was lost on its way out from one that was not answered', async () => {
    const text = 'x'.repeat(8_000_000)
    const payload = JSON.stringify({ text })
    const stuck = await evidenceOf((socket) => socket.pause(), { timeout: '1s' }, payload)
    expect(stuck).toMatchObject({ phase: 'request', bytes_received: 0, error: 'deadline: not finished within 1000 ms' })
    expect(stuck.bytes_sent).toBeGreaterThan(0)
    expect(stuck.bytes_sent).toBeLessThan(text.length)
    expect(await evidenceOf(hangsUp)).toMatchObject({ phase: 'sent', bytes_received: 0, status: null })
  })

  it('of one that nobody ever accepted has no time but the whole', async () => {
    const { port, stop } = await blackHole()
    stops.push(stop)
    const evidence = await evidenceOf(saysNothing, { url: () => `http://127.0.0.1:${port}`, timeout: '1s' })
    expect(evidence).toMatchObject({ phase: 'connect', bytes_sent: 0, error: 'deadline: not finished within 1000 ms' })
    expect(evidence).not.toHaveProperty('timings_ms')
    expect(evidence.duration_ms).toBeGreaterThanOrEqual(1_000)
  })

  it('keeps secrets and tickets out of its headers, and cuts what is long', async () => {
    const { headers } = await evidenceOf(
      answers(
        302,
        '',
        `location: https://other.example/${SECRET}/in?ticket=abc#x`,
        `x-request-id: ${Buffer.from(SECRET).toString('base64')}`,
        `server: ${'s'.repeat(500)}`,
        `authorization: Bearer ${SECRET}`,
      ),
    )
    expect(headers).toEqual({
      'x-request-id': '[hidden]',
      'content-length': '0',
      location: 'https://other.example/[hidden]/in?…',
      server: 's'.repeat(200),
    })
  })
})

describe('the evidence of a success', () => {
  it('is small: every effect has it', async () => {
    const evidence = await evidenceOf(says(ok(GOOD, 'x-request-id: req_0123456789', 'server: x')))
    expect(evidence).toEqual({
      phase: 'complete',
      status: 200,
      duration_ms: expect.any(Number),
      bytes_sent: expect.any(Number),
      bytes_received: expect.any(Number),
      request_id: 'req_0123456789',
    })
    expect(JSON.stringify(evidence).length).toBeLessThan(130)
  })

  it.each([
    ['a secret of ours', `r-${SECRET}`],
    ['what was sent', 'Zo'],
    ['what is redacted', '4711-Eve-1'],
    ['what is no name', 'a b'],
    ['what is too long for one', 'r'.repeat(129)],
  ])('keeps no name of the request that holds %s', async (_, id) => {
    const evidence = await evidenceOf(
      says(ok(GOOD, `request-id: ${id}`)),
      { more: 'redact: [/by]' },
      '{"text":"Zoë","by":"Eve"}',
    )
    expect(evidence).not.toHaveProperty('request_id')
  })
})

describe('the evidence of a look', () => {
  const lookAt = async (does: Behaviour) => {
    const { deps, contract } = await worldOf(does)
    return (await lookAtProvider(deps, contract, NOTE_CALLED, NEVER)).evidence
  }

  it('shows the last answer where that could not be read', async () => {
    const evidence = await lookAt(answers(500, `down, ${SECRET}`, 'x-request-id: r-2'))
    expect(evidence.last).toMatchObject({
      phase: 'complete',
      status: 500,
      headers: { 'x-request-id': 'r-2' },
      excerpt: 'down, [hidden]',
    })
  })

  it('shows nothing of an answer that was read, for it may hold what is not of this entry', async () => {
    const { last } = await lookAt(says(ok('{"data":[{"key":"k2","text":"of others"}]}', 'x-request-id: r-3')))
    expect(last).toMatchObject({ status: 200, headers: { 'x-request-id': 'r-3' } })
    expect(last).not.toHaveProperty('excerpt')
  })

  it('is as small as ever where the effect was seen', async () => {
    expect(await lookAt(says(ok(GOOD)))).not.toHaveProperty('last')
  })
})

describe('the evidence of a mail', () => {
  it('has the bytes of the conversation, and what it took to begin it', async () => {
    const server = await serveMail({ secure: true, key: TEST_KEY, cert: TEST_CERTIFICATE }, replying(552, 'spam'))
    const caller = mailCaller()
    stops.push(server.stop, caller.close)
    const contract = mailContract(server.port, { tls: 'implicit', host: 'localhost' })
    const { evidence } = await callProvider(mailDeps(caller), contract, MAIL, NEVER)
    expect(evidence).toEqual({
      phase: 'complete',
      status: 552,
      duration_ms: expect.any(Number),
      bytes_sent: expect.any(Number),
      bytes_received: expect.any(Number),
      timings_ms: { dns: expect.any(Number), connect: expect.any(Number), tls: expect.any(Number) },
      error: 'EMESSAGE: after DATA',
      excerpt: '552 spam',
    })
    expect(evidence.bytes_sent).toBeGreaterThan(300)
    expect(evidence.bytes_received).toBeGreaterThan(100)
  })
})

describe('a date to come again at', () => {
  const waitOf = async (...headers: string[]) => {
    const { deps, contract } = await worldOf(answers(429, '', ...headers))
    return (await callProvider(deps, contract, NOTE, NEVER)).retryAfterMs
  }

  it('is compared with the clock of the provider, if it tells the time', async () => {
    const [date, until] = ['date: Thu, 01 Jan 2015 00:00:00 GMT', 'retry-after: Thu, 01 Jan 2015 00:01:30 GMT']
    expect(await waitOf(date, until)).toBe(90_000)
  })

  it('is compared with the clock that we were given, if it does not', async () => {
    expect(await waitOf('retry-after: Sun, 22 Nov 2026 17:00:07 GMT')).toBe(7_000)
  })
})
