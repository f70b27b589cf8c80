import { type Contract, type Entry, formatProblem, parseContract } from '@readback/contract'
import type { CallDeps } from '../call-result.ts'
import { parseEgressAllow } from '../egress.ts'
import { createHttpCaller, type HttpCaller } from '../http-caller.ts'
import { TEST_CERTIFICATE } from './certificate.ts'
import { type Script, serveScript } from './mail-server.ts'

export const MAIL_PASSWORD = 'smtp-password-0123'
export const MAIL: Entry = {
  entryId: 'e1',
  tenant: 'acme',
  effect: 'mail.send',
  key: 'order-7',
  payload: '{"to":"ann@x.example","name":"Zoë"}',
  createdAt: '2026-11-22T17:00:00Z',
}

export function mailCaller(allow = '127.0.0.1 localhost', mailCa = TEST_CERTIFICATE): HttpCaller {
  const allowed = parseEgressAllow(allow)
  if (!allowed.ok) throw new Error('bad policy')
  return createHttpCaller({ egress: allowed.policy, mailCa })
}

export const mailDeps = (caller: HttpCaller): CallDeps => ({ caller, secret: () => MAIL_PASSWORD, now: Date.now })

export type MailOptions = {
  tls?: string
  auth?: boolean
  to?: string
  host?: string
  timeout?: string
  more?: string
}

export function mailContract(port: number, how: MailOptions = {}): Contract {
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

/** For tests: a mail server that follows a script, and a contract of mails that go there. */
export async function mailWorld(script: Script, timeout: string) {
  const server = await serveScript(script)
  const caller = mailCaller()
  return {
    contract: mailContract(server.port, { timeout }),
    deps: mailDeps(caller),
    entry: MAIL,
    whole: server.whole,
    async stop() {
      await caller.close()
      await server.stop()
    },
  }
}
