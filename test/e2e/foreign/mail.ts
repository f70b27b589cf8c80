import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { freePort, startProcess, waitFor } from '@readback/testing'
import { startCuttingMailProxy } from './cutting-mail-proxy.ts'
import { type ForeignServer, type Invoice, plainInvoice, type RunningServer } from './foreign-server.ts'

type Mail = { subject: string; text: string }

export const mailCatcher: ForeignServer = {
  name: 'a mail server',
  effect: 'invoice.mail',
  contract: 'mail-by-smtp.yaml',
  start,
  invoice: plainInvoice,
  effectOf: ({ body }) => /^message-id: *(\S+)/im.exec(body)?.[1] ?? null,
  startProxy: (running, options) => startCuttingMailProxy(running.writesTo ?? '', options),
}

async function start(): Promise<RunningServer> {
  const [smtpPort, httpPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${httpPort}`
  const process = await startProcess({
    command: globalThis.process.execPath,
    args: [
      fileURLToPath(import.meta.resolve('fake-smtp-server')),
      ...`-s ${smtpPort} -h ${httpPort} --smtp-ip 127.0.0.1 --http-ip 127.0.0.1 -m 1000`.split(' '),
    ],
    readyWhen: async () => (await fetch(`${url}/api/emails`)).ok,
  })
  await waitFor('the mail server', () => listens(smtpPort), { withinMs: 10_000 })
  return { url, writesTo: `smtp://127.0.0.1:${smtpPort}`, held: () => held(url), stop: () => process.stop() }
}

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

async function held(url: string): Promise<Invoice[]> {
  const mails = (await (await fetch(`${url}/api/emails`)).json()) as Mail[]
  return mails.map(({ subject, text }) => ({
    customer: subject.replace('Invoice for ', ''),
    amount: Number(/amount is (\d+)/.exec(text)?.[1]),
  }))
}
