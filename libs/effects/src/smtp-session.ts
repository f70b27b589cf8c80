import { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import type { MailPlan } from '@readback/contract'
import SMTPConnection from 'nodemailer/lib/smtp-connection'

/** What the library hangs on its errors. */
type SmtpError = Error & {
  code?: string
  /** Of the socket, where it was the socket's. */
  originalCode?: string
  response?: string
  responseCode?: number
  command?: string
}

export type SessionEnd =
  | { readonly ok: true; readonly response: string; readonly mailSent: true }
  /** `mailWhole`: the connection was given all of it, and did not keep back any. */
  | { readonly ok: false; readonly error: SmtpError; readonly mailSent: boolean; readonly mailWhole: boolean }

export type SessionParts = {
  readonly socket: Socket
  readonly plan: MailPlan
  readonly message: Buffer
  readonly ca?: string | undefined
  readonly signal: AbortSignal
  /** Monotonic. After a process stood still, sockets are served before the timer that would end this. */
  readonly endsAtMs: number
}

const REPLY_BYTES_MAX = 64 * 1024

/**
 * One conversation with a mail server over a socket that is connected. The library says what was answered; that no byte of the mail
 * has left is seen by our own stream, which it reads only after the server has asked for the content. Never rejects.
 */
export async function converse({ socket, plan, message, ca, signal, endsAtMs }: SessionParts): Promise<SessionEnd> {
  const { host, port, tls, name } = plan.server
  const connection = new SMTPConnection({
    connection: socket,
    host,
    port,
    secure: tls === 'implicit',
    secured: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(name !== null && { name }),
    ...(ca !== undefined && { tls: { ca } }),
    maxResponseSize: REPLY_BYTES_MAX,
    // Whoever waits has a deadline of its own; these only must not end earlier.
    connectionTimeout: plan.timeoutMs * 2,
    greetingTimeout: plan.timeoutMs * 2,
    socketTimeout: plan.timeoutMs * 2,
    socketCloseTimeout: 0,
  })
  const content = new Content(message, endsAtMs, plan.notAfterMs)
  const hasLeft = watchEnd(content, connection)
  try {
    const response = await conversation(connection, plan, content, signal)
    connection.quit()
    return { ok: true, response, mailSent: true }
  } catch (error) {
    const mailWhole = hasLeft()
    connection.close()
    return { ok: false, error: content.refused ?? (error as SmtpError), mailSent: content.begun, mailWhole }
  }
}

/**
 * Whether the connection has taken the whole mail. That is asked right after its end was read and whenever there is room again: a
 * connection that broke no longer says what it still held.
 */
function watchEnd(content: Content, connection: SMTPConnection): () => boolean {
  let left = false
  const look = () => {
    const socket = connection._socket
    left ||= content.readableEnded && socket instanceof Socket && !socket.destroyed && socket.writableLength === 0
    return left
  }
  content.once('end', () =>
    setImmediate(() => {
      if (!look() && connection._socket) connection._socket.once('drain', look)
    }),
  )
  return look
}

async function conversation(
  connection: SMTPConnection,
  plan: MailPlan,
  content: Content,
  signal: AbortSignal,
): Promise<string> {
  const ended = new Promise<never>((_, reject) => {
    connection.on('error', reject)
    connection.once('end', () => reject(Object.assign(new Error('the connection was closed'), { code: 'ECONNECTION' })))
    if (signal.aborted) reject(signal.reason as Error)
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  // It may lose a race, or come after it.
  ended.catch(() => {})
  const step = <T>(
    begin: (done: (error: Error | null | undefined, value?: T) => void) => void,
  ): Promise<T | undefined> =>
    Promise.race([
      new Promise<T | undefined>((done, fail) => begin((error, value) => (error ? fail(error) : done(value)))),
      ended,
    ])

  await step((done) => connection.connect((error) => done(error)))
  const { logIn } = plan
  if (logIn !== null)
    await step((done) => connection.login({ user: logIn.user, pass: logIn.password }, (error) => done(error)))
  const envelope = { from: plan.from.address, to: recipients(plan), size: content.bytes.length }
  content.envelope = envelope
  const sent = await step<{ response: string }>((done) =>
    connection.send(envelope, content, (error, info) => done(error, info)),
  )
  return sent?.response ?? ''
}

const recipients = ({ to, cc, bcc }: MailPlan): string[] => [
  ...new Set([...to, ...cc, ...bcc].map(({ address }) => address)),
]

/** The library leaves here what the server has refused. */
type Envelope = { readonly from: string; readonly to: string[]; readonly size: number; rejectedErrors?: SmtpError[] }

/**
 * The bytes of the mail, read when the server waits for them. When it has refused one of several recipients, nothing is given: some
 * would get the mail and others not, and another attempt would send it twice to some. Nor when its time is over: others may have taken it.
 */
class Content extends Readable {
  readonly bytes: Buffer
  begun = false
  refused: SmtpError | null = null
  envelope: Envelope | null = null

  readonly #endsAtMs: number
  readonly #notAfterMs: number

  constructor(bytes: Buffer, endsAtMs: number, notAfterMs = Number.POSITIVE_INFINITY) {
    super()
    this.bytes = bytes
    this.#endsAtMs = endsAtMs
    this.#notAfterMs = notAfterMs
  }

  override _read(): void {
    const refused = this.#refusal()
    if (refused !== null) {
      this.refused = refused
      this.destroy(refused)
      return
    }
    this.begun = true
    this.push(this.bytes)
    this.push(null)
  }

  #refusal(): SmtpError | null {
    const nowMs = performance.now()
    if (nowMs > this.#endsAtMs) return Object.assign(new Error('its time was over'), { code: 'deadline' })
    const errors = this.envelope?.rejectedErrors ?? []
    // What is refused for good decides: the others may well be taken the next time, this one never.
    const refused = errors.find(({ responseCode = 0 }) => responseCode >= 500) ?? errors[0]
    if (refused !== undefined) return refused
    if (nowMs < this.#notAfterMs) return null
    return Object.assign(new Error('it was not worth sending any more'), { code: 'expired' })
  }
}
