import type { Socket } from 'node:net'
import { type Contract, type Entry, formatProblem, parseContract } from '@readback/contract'
import { afterEach, describe, expect, it } from 'vitest'
import { type CallResult, callProvider } from './call-provider.ts'
import { parseEgressAllow } from './egress.ts'
import { createHttpCaller, type HttpCaller } from './http-caller.ts'
import { TEST_CERTIFICATE, TEST_KEY } from './testing/certificate.ts'
import { replying, type Script, serveMail, serveScript } from './testing/mail-server.ts'

const NEVER = new AbortController().signal
const PASSWORD = 'smtp-password-0123'
const ENTRY: Entry = {
  entryId: 'e1',
  tenant: 'acme',
  effect: 'mail.send',
  key: 'order-7',
  payload: '{"to":"ann@x.example","name":"Zoë"}',
  createdAt: '2026-11-22T17:00:00Z',
}

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function opened<T extends { stop: () => Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting
  stops.push(server.stop)
  return server
}

function callerFor(allow = '127.0.0.1 localhost', mailCa = TEST_CERTIFICATE): HttpCaller {
  const allowed = parseEgressAllow(allow)
  if (!allowed.ok) throw new Error('bad policy')
  const caller = createHttpCaller({ egress: allowed.policy, mailCa })
  stops.push(caller.close)
  return caller
}

type How = { tls?: string; auth?: boolean; to?: string; host?: string; timeout?: string; more?: string; by?: string }

function contractFor(port: number, how: How = {}): Contract {
  const { tls = 'none', auth = false, to = '"${payload./to}"', host = '127.0.0.1', timeout = '20s', more = '' } = how
  const parsed = parseContract(
    `effect: mail.send
version: 1
redact: [/to]
${auth ? 'auth: { basic: { user: me, password: "${secret:SMTP}" } }' : ''}
call:
  smtp: { host: "${host}", port: ${port}, tls: ${tls} }
  mail: { from: "Shop <shop@example.org>", to: ${to}, subject: "Grüße an \${payload./name}", text: "Hallo \${payload./name}"${more} }
  timeout: ${timeout}
provider: { key: { in: message_id, at: example.org }, repeat: acts_again }
verify: { none: "nobody looks here" }
on_unknown: human
rollback: { strategy: none }
`,
    'mail.yaml',
  )
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
  return parsed.contract
}

const send = (contract: Contract, caller = callerFor(), entry = ENTRY): Promise<CallResult> =>
  callProvider({ caller, secret: () => PASSWORD }, contract, entry, NEVER)

describe('a mail', () => {
  it('is taken, with the id of the queue', async () => {
    const { port, mails } = await opened(serveMail())
    expect(await send(contractFor(port))).toMatchObject({
      outcome: 'success',
      cause: 'smtp_250',
      externalId: 'Q7',
      answered: true,
      evidence: { phase: 'complete', status: 250, error: null, excerpt: null },
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
    const contract = contractFor(port, { more })
    for (let attempt = 0; attempt < 3; attempt += 1) await send(contract)
    expect(new Set(mails.map(({ bytes }) => bytes)).size).toBe(1)
    expect(mails[0]?.bytes).toContain('filename=a.txt')
  })

  it('shows nobody who got a blind copy', async () => {
    const { port, mails } = await opened(serveMail())
    await send(contractFor(port, { more: ', cc: "B <b@x.example>", bcc: [c@x.example, b@x.example]' }))
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
    expect(await send(contractFor(port, { tls, auth: true, host: 'localhost' }))).toMatchObject({ outcome: 'success' })
    expect(users).toEqual([['me', PASSWORD]])
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
    await send(contractFor(port))
    expect(name).toBe('example.org')
  })
})

describe('a mail that provably did not leave', () => {
  const NOT_LEFT = { answered: false, externalId: null }

  it('found nobody', async () => {
    const { port, stop } = await serveMail()
    await stop()
    expect(await send(contractFor(port))).toMatchObject({
      ...NOT_LEFT,
      outcome: 'retryable_failure',
      cause: 'ECONNREFUSED',
      evidence: { phase: 'connect' },
    })
  })

  it('had a host that does not exist', async () => {
    const caller = callerFor('nowhere.invalid')
    expect(await send(contractFor(25, { host: 'nowhere.invalid', timeout: '20s' }), caller)).toMatchObject({
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
    expect(await send(contractFor(port, { tls, host }), callerFor(allow))).toMatchObject({
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
    expect(await send(contractFor(port, { tls, host: 'localhost' }), caller)).toMatchObject({
      ...NOT_LEFT,
      outcome: 'retryable_failure',
      evidence: { phase: 'tls' },
    })
    expect(mails).toEqual([])
  })

  it('was offered no TLS where the contract wants it', async () => {
    const server = await opened(serveScript({}))
    expect(await send(contractFor(server.port, { tls: 'starttls' }))).toMatchObject({
      ...NOT_LEFT,
      outcome: 'retryable_failure',
      cause: 'smtp_502',
      evidence: { phase: 'tls' },
    })
    expect(server.whole()).toBe(0)
  })

  it('had a log-in that was refused', async () => {
    const { port, mails } = await opened(
      serveMail({ onAuth: (_auth, _session, callback) => callback(replying(535, `bad ${PASSWORD}`)) }),
    )
    const result = await send(contractFor(port, { auth: true }))
    expect(result).toMatchObject({
      ...NOT_LEFT,
      outcome: 'permission_denied',
      cause: 'smtp_535',
      evidence: { phase: 'connect', status: 535, excerpt: '535 bad [hidden]' },
    })
    expect(JSON.stringify(result)).not.toContain(PASSWORD)
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
    const result = await send(contractFor(port, { to: '["${payload./to}", b@x.example]' }))
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
    expect(await send(contractFor(port, { to }))).toMatchObject({ outcome: 'validation_failure', cause: 'smtp_550' })
  })

  it('was larger than the server takes', async () => {
    const { port, mails } = await opened(serveMail({ size: 100 }))
    expect(await send(contractFor(port))).toMatchObject({ outcome: 'validation_failure', cause: 'mail_too_large' })
    expect(mails).toEqual([])
  })

  it('was stopped before it began', async () => {
    const { port } = await opened(serveMail())
    const result = await callProvider(
      { caller: callerFor(), secret: () => PASSWORD },
      contractFor(port),
      ENTRY,
      AbortSignal.abort(),
    )
    expect(result).toMatchObject({ ...NOT_LEFT, outcome: 'retryable_failure', cause: 'aborted' })
  })
})

const cut = (socket: Socket): unknown => socket.destroy()
const silent = () => {}
const hangUpAmid = (socket: Socket) => {
  socket.removeAllListeners('data').once('data', () => socket.destroy())
  socket.write('354 go\r\n')
}
const pour = (bytes: string) => (socket: Socket) => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(bytes));
  }
  socket.on('drain', more)
  more()
}

/** What the server does; outcome, cause and phase; whether it has the whole mail. */
const ROWS: [string, Script, [outcome: string, cause: string, phase: string, whole: number]][] = [
  ['greets with 421', { hello: '421 busy\r\n' }, ['retryable_failure', 'smtp_421', 'connect', 0]],
  ['greets with 554', { hello: '554 go away\r\n' }, ['validation_failure', 'smtp_554', 'connect', 0]],
  ['hangs up instead of greeting', { hello: cut }, ['retryable_failure', 'ECONNECTION', 'connect', 0]],
  ['never greets', { hello: silent }, ['retryable_failure', 'deadline', 'connect', 0]],
  [
    'greets without end',
    { hello: pour('220-hello\r\n'.repeat(1_000)) },
    ['retryable_failure', 'EPROTOCOL', 'connect', 0],
  ],
  [
    'greets on a line without end',
    { hello: pour('2'.repeat(4_096)) },
    ['retryable_failure', 'EPROTOCOL', 'connect', 0],
  ],
  [
    'says nothing, line by line',
    { hello: pour('\r\n'.repeat(1_000)) },
    ['retryable_failure', 'reply_too_large', 'connect', 0],
  ],
  ['speaks HTTP', { hello: 'HTTP/1.1 400 Bad Request\r\n\r\n' }, ['retryable_failure', 'EPROTOCOL', 'connect', 0]],
  ['hangs up at EHLO', { EHLO: cut }, ['retryable_failure', 'ECONNECTION', 'connect', 0]],
  ['never answers EHLO', { EHLO: silent }, ['retryable_failure', 'deadline', 'connect', 0]],
  ['refuses the sender for now', { MAIL: '451 later\r\n' }, ['retryable_failure', 'smtp_451', 'connect', 0]],
  ['refuses the sender', { MAIL: '550 no\r\n' }, ['validation_failure', 'smtp_550', 'connect', 0]],
  ['wants a log-in', { MAIL: '530 log in\r\n' }, ['permission_denied', 'smtp_530', 'connect', 0]],
  ['hangs up at the sender', { MAIL: cut }, ['retryable_failure', 'ECONNECTION', 'connect', 0]],
  ['refuses the recipient for now', { RCPT: '450 greylisted\r\n' }, ['retryable_failure', 'smtp_450', 'connect', 0]],
  ['refuses the recipient', { RCPT: '550 unknown\r\n' }, ['validation_failure', 'smtp_550', 'connect', 0]],
  ['hangs up at the recipient', { RCPT: cut }, ['retryable_failure', 'ECONNECTION', 'connect', 0]],
  ['refuses the content for now', { DATA: '451 full\r\n' }, ['retryable_failure', 'smtp_451', 'connect', 0]],
  ['refuses the content', { DATA: '554 no\r\n' }, ['validation_failure', 'smtp_554', 'connect', 0]],
  ['hangs up before the content', { DATA: cut }, ['retryable_failure', 'ECONNECTION', 'connect', 0]],
  ['never asks for the content', { DATA: silent }, ['retryable_failure', 'deadline', 'connect', 0]],
  ['hangs up amid the content', { DATA: hangUpAmid }, ['side_effect_unknown', 'ECONNECTION', 'request', 0]],
  ['hangs up after the dot', { '.': cut }, ['side_effect_unknown', 'ECONNECTION', 'request', 1]],
  ['is silent after the dot', { '.': silent }, ['side_effect_unknown', 'deadline', 'request', 1]],
  [
    'cuts its last reply',
    { '.': (socket) => socket.end('250 o') },
    ['side_effect_unknown', 'ECONNECTION', 'request', 1],
  ],
  [
    'cuts its last refusal',
    { '.': (socket) => socket.end('550 n') },
    ['side_effect_unknown', 'ECONNECTION', 'request', 1],
  ],
  ['gives half of its last reply', { '.': '250-queued\r\n' }, ['side_effect_unknown', 'deadline', 'request', 1]],
  ['answers nonsense after the dot', { '.': 'what?\r\n' }, ['side_effect_unknown', 'EMESSAGE', 'request', 1]],
  ['asks again after the dot', { '.': '354 more\r\n' }, ['side_effect_unknown', 'smtp_354', 'complete', 1]],
  ['takes it back for now after the dot', { '.': '452 full\r\n' }, ['retryable_failure', 'smtp_452', 'complete', 1]],
  ['is closing after the dot', { '.': '421 closing\r\n' }, ['retryable_failure', 'smtp_421', 'complete', 1]],
  ['takes it back after the dot', { '.': '552 spam\r\n' }, ['validation_failure', 'smtp_552', 'complete', 1]],
  [
    'takes it in several lines',
    { '.': '250-thanks\r\n250 2.0.0 Ok: queued as AB12\r\n' },
    ['success', 'smtp_250', 'complete', 1],
  ],
  ['takes it and hangs up', { '.': (socket) => socket.end('250 ok\r\n') }, ['success', 'smtp_250', 'complete', 1]],
]

describe('a mail server that', () => {
  it.each(ROWS)('%s', async (_, script, [outcome, cause, phase, whole]) => {
    const server = await opened(serveScript(script))
    const result = await send(contractFor(server.port, { timeout: cause === 'deadline' ? '1s' : '20s' }))
    expect([result.outcome, result.cause, result.evidence.phase]).toEqual([outcome, cause, phase])
    expect(result.answered).toBe(phase === 'complete')
    expect(server.whole()).toBe(whole)
  })

  it('takes a pipelined mail without one of its recipients does not get its content', async () => {
    const rcpt = ['250 ok\r\n', '550 no\r\n']
    const server = await opened(
      serveScript({ EHLO: '250-hi\r\n250 PIPELINING\r\n', RCPT: (socket) => socket.write(rcpt.shift() ?? '') }),
    )
    const result = await send(contractFor(server.port, { to: '["${payload./to}", b@x.example]' }))
    expect(result).toMatchObject({ outcome: 'validation_failure', cause: 'smtp_550' })
    expect(server.whole()).toBe(0)
  })

  it('is left when the caller closes, and the mail that had begun is unknown', async () => {
    const caller = callerFor()
    const server = await opened(serveScript({ '.': () => void caller.close() }))
    expect(await send(contractFor(server.port), caller)).toMatchObject({
      outcome: 'side_effect_unknown',
      cause: 'closed',
    })
  })

  it('repeats what is private does not make it public', async () => {
    const server = await opened(serveScript({ RCPT: '550 <ann@x.example> unknown\r\n' }))
    expect((await send(contractFor(server.port))).evidence).toMatchObject({
      error: 'EENVELOPE: after RCPT TO',
      excerpt: '550 <[hidden]> unknown',
    })
  })
})
