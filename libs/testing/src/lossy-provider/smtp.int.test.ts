import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '../wait-for.ts'
import type { Fault } from './fault.ts'
import type { LossyProvider } from './lossy-provider.ts'
import { startLossyProvider } from './start-lossy-provider.ts'

let provider: LossyProvider

afterEach(() => provider.stop())

const start = async (...faults: Fault[]) => {
  provider = await startLossyProvider({ kind: 'readable', mail: true, plan: { writes: { everyKey: faults } } })
}

/** What the server has said after each line, the greeting first; ends with the connection. */
async function talk(...lines: string[]): Promise<string[]> {
  const { hostname, port } = new URL(provider.mailUrl ?? '')
  const socket = connect(Number(port), hostname)
  const said: string[] = []
  socket.on('data', (chunk: Buffer) => said.push(String(chunk)))
  socket.on('error', () => {})
  for (const line of ['', ...lines]) await answered(socket, said, line)
  socket.destroy()
  return said
}

async function answered(socket: Socket, said: string[], line: string): Promise<void> {
  const before = said.length
  if (line !== '') socket.write(line)
  if (socket.destroyed || said.length > before) return
  await new Promise<void>((resolve) => {
    socket.once('data', () => resolve())
    socket.once('close', () => resolve())
  })
}

const MAIL = 'Message-ID: <k@readback>\r\nSubject: Hello\r\n\r\n..a line with a dot\r\n.\r\n'
const send = () =>
  talk('EHLO me\r\n', 'MAIL FROM:<a@x>\r\n', 'RCPT TO:<b@x>\r\n', 'DATA\r\n', MAIL).then((said) => said.at(-1))

describe('a lossy mail server', () => {
  it('keeps each mail under its Message-ID, as it was before the dots were doubled', async () => {
    await start()
    expect(await send()).toBe('250 ok\r\n')
    expect(await provider.effects('mails')).toMatchObject([
      {
        key: 'k@readback',
        body: { from: 'a@x', to: 'b@x', subject: 'Hello', text: expect.stringContaining('\r\n.a line') },
      },
    ])
    const looked = await fetch(`${provider.url}/v1/mails?key=k@readback`)
    expect(await looked.json()).toMatchObject({ data: [{ subject: 'Hello' }] })
    expect(await provider.calls('k@readback')).toMatchObject([{ method: 'SMTP', applied: 1, replied: true }, {}])
  })

  it.each([
    ['error-before', '451 not now\r\n', 0],
    ['error-after', '451-not', 1],
    ['refused-400', '550 never\r\n', 0],
    ['dropped', '250 ok\r\n', 0],
    ['applied-twice', '250 ok\r\n', 2],
    ['malformed', 'what was that?\r\n', 1],
    ['truncated', '25', 1],
    ['reply-lost', '354 go on\r\n', 1],
    ['reset-before', '354 go on\r\n', 0],
  ] as const)('%s ends with %j, and %i mails exist', async (fault, last, mails) => {
    await start(fault)
    expect(await send()).toBe(last)
    expect(await provider.effects('mails')).toHaveLength(mails)
  })

  it('answers late', async () => {
    await start({ name: 'slow', delayMs: 50 })
    expect(await send()).toBe('250 ok\r\n')
  })

  it('tells who does not know the protocol', async () => {
    await start()
    expect((await talk('NOOP\r\n', 'AUTH PLAIN x\r\n', 'HELP\r\n', 'QUIT\r\n')).slice(1)).toEqual([
      '250 ok\r\n',
      '235 welcome\r\n',
      '502 what?\r\n',
      '221 bye\r\n',
    ])
  })

  it('is not there unless it was asked for', async () => {
    provider = await startLossyProvider()
    expect(provider.mailUrl).toBeNull()
    await waitFor('an answer', async () => (await fetch(`${provider.url}/v1/account`)).ok, { withinMs: 5_000 })
  })
})
