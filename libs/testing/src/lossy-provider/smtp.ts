/**
 * The provider as a mail server: each mail is a write to the collection `mails`, its Message-ID the key, and the answer to its final dot
 * meets the same faults as any other.
 */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { Answer } from './answer.ts'
import { type DetailedFault, FAULTS } from './fault.ts'
import type { LedgerEntry } from './ledger.ts'
import { fingerprintOf } from './request.ts'
import type { World } from './world.ts'
import { applyWrite } from './write.ts'

const MAX_LINE_BYTES = 1024 * 1024
const COLLECTION = 'mails'

export interface MailServer {
  port: number
  stop(): Promise<void>
}

export async function startMailServer(world: World, host: string): Promise<MailServer> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    converse(world, socket)
  })
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

interface Session {
  from: string
  to: string[]
  /** The lines of a mail that is being sent. */
  mail: string[] | null
}

function converse(world: World, socket: Socket): void {
  const session: Session = { from: '', to: [], mail: null }
  let rest = ''
  socket.write('220 lossy ESMTP\r\n')
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\r\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_LINE_BYTES) return void socket.destroy()
    for (const line of lines) {
      if (session.mail) takeContent(world, socket, session, line)
      else socket.write(answerTo(session, line))
    }
  })
}

function answerTo(session: Session, line: string): string {
  const command = line.slice(0, 4).toUpperCase()
  switch (command) {
    case 'EHLO':
      return '250-lossy\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n'
    case 'AUTH':
      return '235 welcome\r\n'
    case 'MAIL':
      Object.assign(session, { from: addressIn(line), to: [] })
      return '250 ok\r\n'
    case 'RCPT':
      session.to.push(addressIn(line))
      return '250 ok\r\n'
    case 'DATA':
      session.mail = []
      return '354 go on\r\n'
    case 'QUIT':
      return '221 bye\r\n'
    default:
      return ['HELO', 'NOOP', 'RSET'].includes(command) ? '250 ok\r\n' : '502 what?\r\n'
  }
}

const addressIn = (line: string) => /<([^>]*)>/.exec(line)?.[1] ?? ''

function takeContent(world: World, socket: Socket, session: Session, line: string): void {
  if (line !== '.') return void session.mail?.push(line.startsWith('.') ? line.slice(1) : line)
  const { from, to, mail } = session
  session.mail = null
  const content = (mail ?? []).join('\r\n')
  const key = /^message-id:\s*<([^>]*)>/im.exec(content)?.[1] ?? null
  const fingerprint = fingerprintOf(Buffer.from(content))
  const call = { method: 'SMTP', path: '/', collection: COLLECTION, key, fingerprint }
  const { entry, fault } = world.enter('writes', call)
  const body = { from, to: to.join(', '), subject: /^subject:\s*(.*)$/im.exec(content)?.[1] ?? '', text: content }
  const answer = applyWrite(world, { collection: COLLECTION, key, fingerprint, body }, fault, entry)
  say({ world, socket, entry, fault }, answer)
}

interface Telling {
  world: World
  socket: Socket
  entry: LedgerEntry
  fault: DetailedFault
}

/** The final dot is answered as the fault wants it. */
function say({ world, socket, entry, fault }: Telling, answer: Answer): void {
  const tell = (text: string) => {
    entry.status = Number(text.slice(0, 3))
    socket.write(text, () => {
      entry.replied = true
    })
  }
  switch (FAULTS[fault.name].replying) {
    case 'cut':
      return void socket.resetAndDestroy()
    case 'never':
      return
    case 'late':
      return world.later(fault.delayMs ?? 0, () => tell('250 ok\r\n'))
    case 'refusal':
      // By the protocol nobody takes a mail and refuses it; whoever fails after it was taken gets no whole line out.
      if (entry.applied > 0) return void socket.write('451-not', () => socket.destroy())
      return tell(isTemporary(fault) ? '451 not now\r\n' : '550 never\r\n')
    case 'truncated':
      return void socket.write('25', () => socket.destroy())
    case 'malformed':
      return tell('what was that?\r\n')
    default:
      return tell(answer.status < 300 ? '250 ok\r\n' : '550 never\r\n')
  }
}

const isTemporary = ({ name }: DetailedFault): boolean => name !== 'refused-400' && name !== 'denied-403'
