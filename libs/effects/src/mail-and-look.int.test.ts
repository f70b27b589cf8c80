import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { type Contract, type Entry, formatProblem, parseContract } from '@readback/contract'
import { afterEach, describe, expect, it } from 'vitest'
import { callProvider } from './call-provider.ts'
import { parseEgressAllow } from './egress.ts'
import { createHttpCaller } from './http-caller.ts'
import { lookAtProvider } from './look-at-provider.ts'
import { type MailServer, serveMail, serveScript } from './testing/mail-server.ts'
import { serveHttp } from './testing/server.ts'

const NEVER = new AbortController().signal
const ENTRY: Entry = {
  entryId: 'e1',
  tenant: 'acme',
  effect: 'order.confirm',
  key: 'order-7',
  payload: '{"to":"ann@x.example","order":7}',
  createdAt: '2026-11-22T17:00:00Z',
}
const SECRETS: Readonly<Record<string, string>> = { SMTP_PASSWORD: 'smtp-password', MAIL_LOG_TOKEN: 'log-token' }
/** The key as the contract re-shapes it. */
const HASHED = createHash('sha256').update(ENTRY.key).digest('hex').slice(0, 32)

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** A mail server, and beside it the log that tells over HTTP which mails it has. */
async function world(smtpPort: number, mails: MailServer['mails']) {
  const seen: string[] = []
  const log = await serveHttp((request, response) => {
    seen.push(String(request.headers.authorization))
    const list = mails.map(({ bytes, to }) => ({
      message_id: /^Message-ID: (.*)$/im.exec(bytes)?.[1]?.trim(),
      subject: /^Subject: (.*)$/im.exec(bytes)?.[1]?.trim(),
      to: to[0],
    }))
    response.end(JSON.stringify({ mails: list }))
  })
  const allowed = parseEgressAllow('127.0.0.1')
  if (!allowed.ok) throw new Error('bad policy')
  const caller = createHttpCaller({ egress: allowed.policy })
  stops.push(log.stop, caller.close)
  const deps = { caller, secret: (name: string) => SECRETS[name], now: Date.now }
  return { contract: contractFor(smtpPort, log.port), deps, seen }
}

/** The example of the documentation, with other hosts. */
function contractFor(smtpPort: number, logPort: number): Contract {
  const example = readFileSync(new URL('../../../docs/contracts/smtp-mail.yaml', import.meta.url), 'utf8')
  const here = example
    .replace('{ host: smtp.example, port: 587, tls: starttls }', `{ host: 127.0.0.1, port: ${smtpPort}, tls: none }`)
    .replace('https://mail-log.example', `http://127.0.0.1:${logPort}`)
  const parsed = parseContract(here, 'smtp-mail.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
  expect(parsed.warnings).toEqual([])
  return parsed.contract
}

const subject = { ...ENTRY, externalId: null, calls: 1, answeredCalls: 0, seenPresentBefore: false }

describe('a mail that is looked for', () => {
  it('is there after it was taken, and each server saw its own credential only', async () => {
    const passwords: unknown[] = []
    const server = await serveMail({
      onAuth({ password }, _session, callback) {
        passwords.push(password)
        callback(null, { user: 'me' })
      },
    })
    stops.push(server.stop)
    const { contract, deps, seen } = await world(server.port, server.mails)
    expect(await callProvider(deps, contract, ENTRY, NEVER)).toMatchObject({ outcome: 'success', externalId: 'Q7' })
    expect(await lookAtProvider(deps, contract, subject, NEVER)).toMatchObject({ verdict: 'present' })
    expect([passwords, seen]).toEqual([['smtp-password'], ['Bearer log-token']])
  })

  it('is there although the reply to it was lost, and a second one would be a double', async () => {
    const kept: { from: string; to: string[]; bytes: string }[] = []
    const rude = await serveScript({
      EHLO: '250-hi\r\n250 AUTH PLAIN\r\n',
      AUTH: '235 in\r\n',
      '.': (socket: Socket) => {
        kept.push({
          from: '',
          to: ['ann@x.example'],
          bytes: `Message-ID: <${HASHED}@example.org>\nSubject: Your order 7`,
        })
        socket.destroy()
      },
    })
    stops.push(rude.stop)
    const { contract, deps } = await world(rude.port, kept)
    expect(await callProvider(deps, contract, ENTRY, NEVER)).toMatchObject({ outcome: 'side_effect_unknown' })
    expect(await lookAtProvider(deps, contract, subject, NEVER)).toMatchObject({ verdict: 'present' })
    await callProvider(deps, contract, ENTRY, NEVER)
    expect(await lookAtProvider(deps, contract, subject, NEVER)).toMatchObject({ verdict: 'duplicate' })
  })

  it('is absent when the server took it and dropped it', async () => {
    const server = await serveMail({ onAuth: (_auth, _session, callback) => callback(null, { user: 'me' }) })
    stops.push(server.stop)
    const { contract, deps } = await world(server.port, [])
    expect(await callProvider(deps, contract, ENTRY, NEVER)).toMatchObject({ outcome: 'success' })
    expect(await lookAtProvider(deps, contract, subject, NEVER)).toMatchObject({ verdict: 'absent' })
  })
})
