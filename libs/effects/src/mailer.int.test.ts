import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Contract } from '@readback/contract'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { callProvider } from './call-provider.ts'
import type { CallResult } from './call-result.ts'
import type { HttpCaller } from './http-caller.ts'
import { TEST_CERTIFICATE, TEST_KEY } from './testing/certificate.ts'
import { replying, serveMail, serveScript } from './testing/mail-server.ts'
import { MAIL, MAIL_PASSWORD, mailCaller, mailContract, mailDeps } from './testing/mails.ts'
import { later } from './testing/server.ts'

const NEVER = new AbortController().signal
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function opened<T extends { stop: () => Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting
  stops.push(server.stop)
  return server
}

function callerFor(...how: Parameters<typeof mailCaller>): HttpCaller {
  const caller = mailCaller(...how)
  stops.push(caller.close)
  return caller
}

const send = (contract: Contract, caller = callerFor(), entry = MAIL): Promise<CallResult> =>
  callProvider(mailDeps(caller), contract, entry, NEVER)

describe('a mail', () => {
  it('is not handed over when its end came during the conversation', async () => {
    const heard: string[] = []
    const { port } = await opened(
      serveScript({
        DATA: (socket: Socket) => later(200, () => socket.write('354 go\r\n')),
        '.': () => heard.push('mail'),
      }),
    )
    const deps = { ...mailDeps(callerFor()), notAfterMs: performance.now() + 150 }
    const result = await callProvider(deps, mailContract(port), MAIL, NEVER)
    expect(result).toMatchObject({ outcome: 'retryable_failure', cause: 'expired', answered: false })
    expect(heard).toEqual([])
  })

  it('is taken, with the id of the queue', async () => {
    const { port, mails } = await opened(serveMail())
    expect(await send(mailContract(port))).toMatchObject({
      outcome: 'success',
      cause: 'smtp_250',
      externalId: 'Q7',
      answered: true,
      evidence: { phase: 'complete', status: 250 },
    })
    expect(mails).toMatchObject([{ from: 'shop@example.org', to: ['ann@x.example'] }])
    const head = mails[0]?.bytes.split('\r\n\r\n')[0]?.split('\r\n')
    expect(head).toEqual([
      'From: Shop <shop@example.org>',
      'To: ann@x.example',
      'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe_an_Zo=C3=AB?=',
      'Message-ID: <order-7@example.org>',
      'Date: Sun, 22 Nov 2026 17:00:00 +0000',
      'Content-Transfer-Encoding: quoted-printable',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
    ])
  })

  it('is the same mail on every attempt, byte for byte', async () => {
    const { port, mails } = await opened(serveMail())
    const more =
      ', html: "<b>${payload./name}</b>", attachments: [{ name: a.txt, text: "${key}" }], headers: { X-Order: "${key}" }'
    const contract = mailContract(port, { more })
    for (let attempt = 0; attempt < 3; attempt += 1) await send(contract)
    expect(new Set(mails.map(({ bytes }) => bytes)).size).toBe(1)
    expect(mails[0]?.bytes).toContain('filename=a.txt')
  })

  it('shows nobody who got a blind copy', async () => {
    const { port, mails } = await opened(serveMail())
    await send(mailContract(port, { more: ', cc: "B <b@x.example>", bcc: [c@x.example, b@x.example]' }))
    expect(mails[0]?.to).toEqual(['ann@x.example', 'b@x.example', 'c@x.example'])
    expect(mails[0]?.bytes).not.toMatch(/c@x\.example|bcc/i)
  })

  it.each(['implicit', 'starttls'])('goes through TLS (%s), with a log-in', async (tls) => {
    const users: unknown[] = []
    const { port, mails } = await opened(
      serveMail({
        secure: tls === 'implicit',
        key: TEST_KEY,
        cert: TEST_CERTIFICATE,
        allowInsecureAuth: false,
        onAuth({ username, password }, _, callback) {
          users.push([username, password])
          callback(null, { user: username })
        },
      }),
    )
    expect(await send(mailContract(port, { tls, auth: true, host: 'localhost' }))).toMatchObject({ outcome: 'success' })
    expect(users).toEqual([['me', MAIL_PASSWORD]])
    expect(mails).toHaveLength(1)
  })

  it('greets by a name of the contract, never by that of the machine', async () => {
    let name = ''
    const { port } = await opened(
      serveMail({
        onMailFrom(_, session, callback) {
          name = session.hostNameAppearsAs || ''
          callback()
        },
      }),
    )
    await send(mailContract(port))
    expect(name).toBe('example.org')
  })
})

describe('a mail that provably did not leave', () => {
  const NOT_LEFT = { answered: false, externalId: null }

  it('found nobody', async () => {
    const { port, stop } = await serveMail()
    await stop()
    expect(await send(mailContract(port))).toMatchObject({
      ...NOT_LEFT,
      outcome: 'retryable_failure',
      cause: 'ECONNREFUSED',
      evidence: { phase: 'connect' },
    })
  })

  it('had a host that does not exist', async () => {
    const caller = callerFor('nowhere.invalid')
    expect(await send(mailContract(25, { host: 'nowhere.invalid', timeout: '20s' }), caller)).toMatchObject({
      ...NOT_LEFT,
      outcome: 'retryable_failure',
      evidence: { phase: 'dns' },
    })
  })

  it.each([
    ['none', '127.0.0.1', '8.8.8.8'],
    ['implicit', '127.0.0.1', '10.0.0.0/8'],
    ['starttls', 'localhost', '10.0.0.0/8'],
  ])('with tls: %s was denied the address of %s', async (tls, host, allow) => {
    const { port, connections } = await opened(serveScript({}))
    expect(await send(mailContract(port, { tls, host }), callerFor(allow))).toMatchObject({
      ...NOT_LEFT,
      outcome: 'permission_denied',
      cause: 'egress_denied',
      evidence: { phase: 'blocked' },
    })
    expect(connections()).toBe(0)
  })

  it.each([
    ['implicit', { secure: true }],
    ['starttls', {}],
  ])('with tls: %s met a certificate that nobody trusts', async (tls, options) => {
    const { port, mails } = await opened(serveMail({ ...options, key: TEST_KEY, cert: TEST_CERTIFICATE }))
    const caller = callerFor('127.0.0.1 localhost', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n')
    expect(await send(mailContract(port, { tls, host: 'localhost' }), caller)).toMatchObject({
      ...NOT_LEFT,
      outcome: 'retryable_failure',
      evidence: { phase: 'tls' },
    })
    expect(mails).toEqual([])
  })

  it('was offered no TLS where the contract wants it', async () => {
    const server = await opened(serveScript({}))
    expect(await send(mailContract(server.port, { tls: 'starttls' }))).toMatchObject({
      ...NOT_LEFT,
      outcome: 'retryable_failure',
      cause: 'smtp_502',
      evidence: { phase: 'tls' },
    })
    expect(server.whole()).toBe(0)
  })

  it('had a log-in that was refused', async () => {
    const { port, mails } = await opened(
      serveMail({ onAuth: (_auth, _session, callback) => callback(replying(535, `bad ${MAIL_PASSWORD}`)) }),
    )
    const result = await send(mailContract(port, { auth: true }))
    expect(result).toMatchObject({
      ...NOT_LEFT,
      outcome: 'permission_denied',
      cause: 'smtp_535',
      evidence: { phase: 'connect', status: 535, excerpt: '535 bad [hidden]' },
    })
    expect(JSON.stringify(result)).not.toContain(MAIL_PASSWORD)
    expect(mails).toEqual([])
  })

  it.each([
    [550, 'validation_failure'],
    [450, 'retryable_failure'],
  ])('had one of two recipients refused by %i: nobody gets it', async (code, outcome) => {
    const { port, mails } = await opened(
      serveMail({
        onRcptTo: ({ address }, _, callback) => callback(address.startsWith('b@') ? replying(code) : null),
      }),
    )
    const result = await send(mailContract(port, { to: '["${payload./to}", b@x.example]' }))
    expect(result).toMatchObject({ ...NOT_LEFT, outcome, cause: `smtp_${code}`, evidence: { phase: 'connect' } })
    expect(mails).toEqual([])
  })

  it('had recipients refused for now and for good: for good it is', async () => {
    const { port } = await opened(
      serveMail({
        onRcptTo: ({ address }, _, callback) =>
          callback(address.startsWith('c@') ? null : replying(address.startsWith('b@') ? 550 : 450)),
      }),
    )
    const to = '["${payload./to}", b@x.example, c@x.example]'
    expect(await send(mailContract(port, { to }))).toMatchObject({ outcome: 'validation_failure', cause: 'smtp_550' })
  })

  it('was larger than the server takes', async () => {
    const { port, mails } = await opened(serveMail({ size: 100 }))
    expect(await send(mailContract(port))).toMatchObject({ outcome: 'validation_failure', cause: 'mail_too_large' })
    expect(mails).toEqual([])
  })

  it('was asked for its content after its time, by which no timer had its turn: the process stood still', async () => {
    const now = performance.now.bind(performance)
    const { port, whole } = await opened(
      serveScript({
        DATA: (socket) => {
          vi.spyOn(performance, 'now').mockImplementation(() => now() + 30_000)
          socket.write('354 go\r\n')
        },
      }),
    )
    const result = await send(mailContract(port)).finally(() => vi.restoreAllMocks())
    expect(result).toMatchObject({ outcome: 'retryable_failure', cause: 'deadline' })
    expect(whole()).toBe(0)
  })

  it('was stopped before it began', async () => {
    const { port } = await opened(serveMail())
    const result = await callProvider(mailDeps(callerFor()), mailContract(port), MAIL, AbortSignal.abort())
    expect(result).toMatchObject({ ...NOT_LEFT, outcome: 'retryable_failure', cause: 'aborted' })
  })
})

describe('a mail server that', () => {
  it('takes a pipelined mail without one of its recipients does not get its content', async () => {
    const rcpt = ['250 ok\r\n', '550 no\r\n']
    const server = await opened(
      serveScript({ EHLO: '250-hi\r\n250 PIPELINING\r\n', RCPT: (socket) => socket.write(rcpt.shift() ?? '') }),
    )
    const result = await send(mailContract(server.port, { to: '["${payload./to}", b@x.example]' }))
    expect(result).toMatchObject({ outcome: 'validation_failure', cause: 'smtp_550' })
    expect(server.whole()).toBe(0)
  })

  it('is left when the caller closes, and the mail that had begun is unknown', async () => {
    const caller = callerFor()
    const server = await opened(serveScript({ '.': () => void caller.close() }))
    expect(await send(mailContract(server.port), caller)).toMatchObject({
      outcome: 'side_effect_unknown',
      cause: 'closed',
    })
  })

  it('repeats what is private does not make it public', async () => {
    const server = await opened(serveScript({ RCPT: '550 <ann@x.example> unknown\r\n' }))
    expect((await send(mailContract(server.port))).evidence).toMatchObject({
      error: 'EENVELOPE: after RCPT TO',
      excerpt: '550 <[hidden]> unknown',
    })
  })
})
