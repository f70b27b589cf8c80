import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { serveSockets, type TestServer } from './server.ts'

export type MailServer = {
  readonly port: number
  /** What was taken, whole. */
  readonly mails: readonly { readonly from: string; readonly to: readonly string[]; readonly bytes: string }[]
  readonly stop: () => Promise<void>
}

/** For tests: a mail server that this project did not write. `last` is its reply to a whole mail, or an error of such. */
export async function serveMail(
  options: SMTPServerOptions = {},
  last: string | Error = 'queued as Q7',
): Promise<MailServer> {
  const mails: { from: string; to: string[]; bytes: string }[] = []
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    hideSTARTTLS: options.key === undefined,
    disableReverseLookup: true,
    async onData(stream, { envelope }, callback) {
      const bytes = await buffer(stream).then(String, () => null)
      if (bytes === null) return callback(new Error('hung up'))
      const { mailFrom, rcptTo } = envelope
      mails.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), bytes })
      if (typeof last === 'string') callback(null, last)
      else callback(last)
    },
    ...options,
  })
  // A client that hangs up amid a handshake is a part of the test.
  server.on('error', () => {})
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    stop: () => new Promise((done) => server.close(done)),
  }
}

export function replying(responseCode: number, text = 'no'): Error {
  return Object.assign(new Error(text), { responseCode })
}

/** By the beginning of what the client says; `.` is the end of a mail. */
export type Script = Readonly<Record<string, string | ((socket: Socket) => unknown)>>

const POLITE: Script = {
  hello: '220 hi\r\n',
  EHLO: '250 hi\r\n',
  MAIL: '250 ok\r\n',
  RCPT: '250 ok\r\n',
  DATA: '354 go\r\n',
  '.': '250 ok\r\n',
  QUIT: '221 bye\r\n',
}

/** For tests: a server that follows a script, however rude. Counts the mails whose end it has read. */
export async function serveScript(script: Script): Promise<TestServer & { readonly whole: () => number }> {
  let whole = 0
  const server = await serveSockets((socket) => {
    let content = false
    const say = (verb: string) => {
      const reply = { ...POLITE, ...script }[verb]
      if (verb === '.') whole += 1
      content = verb === 'DATA' || (content && verb !== '.')
      if (typeof reply === 'function') reply(socket)
      else socket.write(reply ?? '502 what\r\n')
    }
    say('hello')
    let rest = ''
    socket.on('data', (bytes) => {
      const lines = `${rest}${String(bytes)}`.split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (!content || line === '.') say(line.split(' ', 1)[0] ?? '')
    })
  })
  return { ...server, whole: () => whole }
}
