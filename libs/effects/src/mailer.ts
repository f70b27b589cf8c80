import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { MailPlan } from '@readback/contract'
import { onAbort } from '@readback/waiting'
import { type ConnectionTrace, connectionTimings } from './connection-trace.ts'
import { guardedSocket } from './connector.ts'
import type { EgressPolicy } from './egress.ts'
import { failedPhase } from './failed-phase.ts'
import type { MailExchange } from './mail-exchange.ts'
import type { SessionEnd } from './smtp-session.ts'

export type MailerOptions = {
  readonly egress: EgressPolicy
  /** Certificates (PEM) to trust instead of the usual ones. */
  readonly ca?: string | undefined
}

export type Mailer = {
  /**
   * Sends one mail once over a connection of its own. Never rejects. `plan.timeoutMs` covers everything from connecting to the last
   * reply; `signal` ends it earlier.
   */
  readonly send: (plan: MailPlan, signal: AbortSignal) => Promise<MailExchange>
  /** What is under way fails. */
  readonly close: () => void
}

/** Of all that a server says in one conversation. */
const HEARD_BYTES_MAX = 256 * 1024
const LISTEN_EVERY_MS = 50

export function createMailer({ egress, ca }: MailerOptions): Mailer {
  const underWay = new Set<AbortController>()

  async function deliver(plan: MailPlan, stop: AbortController, line: Line): Promise<Ended> {
    const { signal } = stop
    try {
      // Few processes send mail: the library is loaded when the first one does.
      const [{ composeMail }, { converse }] = await Promise.all([
        import('./compose-mail.ts'),
        import('./smtp-session.ts'),
      ])
      const message = await composeMail(plan)
      const { host, port, tls } = plan.server
      const onBegin = (trace: ConnectionTrace, begun: Socket) => Object.assign(line, { trace, socket: begun })
      const socket = await guardedSocket(egress, { host, port, tls: TLS[tls], ca, onBegin }, signal)
      const deaf = setInterval(() => listenTo(socket, stop), LISTEN_EVERY_MS)
      return ended(
        await converse({ socket, plan, message, ca, signal, endsAtMs: line.endsAtMs }).finally(() =>
          clearInterval(deaf),
        ),
      )
    } catch (error) {
      return notConnected(error as Error, line.trace)
    }
  }

  return {
    async send(plan, signal) {
      const startedAt = performance.now()
      const stop = new AbortController()
      underWay.add(stop)
      const timer = setTimeout(stopWith(stop, 'deadline', `not finished within ${plan.timeoutMs} ms`), plan.timeoutMs)
      const stopped = stopWith(stop, 'aborted', 'stopped by the caller')
      const forget = onAbort(signal, stopped)
      if (signal.aborted) stopped()
      const line: Line = { trace: null, socket: null, endsAtMs: startedAt + plan.timeoutMs }
      const end = await deliver(plan, stop, line)
      clearTimeout(timer)
      forget()
      underWay.delete(stop)
      return { ...end, ...counted(line), durationMs: performance.now() - startedAt }
    },
    close: () => underWay.forEach((stop) => stopWith(stop, 'closed', 'closed by us')()),
  }
}

const TLS = { implicit: 'secure', starttls: 'later', none: 'never' } as const

type Ended = Pick<MailExchange, 'phase' | 'reply' | 'error' | 'mailSent'>

/** The connection of one mail, as soon as there is one. */
type Line = { trace: ConnectionTrace | null; socket: Socket | null; readonly endsAtMs: number }

/** Of a connection that is encrypted later, its encrypted bytes are counted: there are no others that all of it has. */
const counted = ({ trace, socket }: Line) => ({
  bytesSent: socket?.bytesWritten ?? 0,
  bytesReceived: socket?.bytesRead ?? 0,
  timings: () => (trace === null ? {} : connectionTimings(trace)),
})

function stopWith(stop: AbortController, code: string, message: string): () => void {
  return () => stop.abort(Object.assign(new Error(message), { code }))
}

function listenTo(socket: Socket, stop: AbortController): void {
  if (socket.bytesRead > HEARD_BYTES_MAX) stopWith(stop, 'reply_too_large', `more than ${HEARD_BYTES_MAX} bytes`)()
}

function notConnected(error: NodeJS.ErrnoException, trace: ConnectionTrace | null): Ended {
  const code = error.code ?? error.name
  return { phase: failedPhase(code, trace), reply: null, error: { code, message: error.message }, mailSent: false }
}

/** Once the mail has begun to leave, only a reply to the whole of it says what became of it. */
function ended(end: SessionEnd): Ended {
  if (end.ok) return { phase: 'complete', reply: replyIn(end.response), error: null, mailSent: true }
  const { error, mailSent } = end
  const { originalCode = '', code = error.name, responseCode, command, response = '' } = error
  const cause = originalCode === '' ? code : originalCode
  const failure = { code: cause, message: command === undefined ? 'in the conversation' : `after ${command}` }
  if (mailSent && !(responseCode !== undefined && command === 'DATA'))
    return { phase: end.mailWhole ? 'sent' : 'request', reply: null, error: failure, mailSent }
  const phase = code === 'ETLS' || failedPhase(originalCode) === 'tls' ? 'tls' : 'connect'
  return { phase: mailSent ? 'complete' : phase, reply: replyIn(response), error: failure, mailSent }
}

function replyIn(response: string): MailExchange['reply'] {
  return /^\d{3}/.test(response) ? { code: Number(response.slice(0, 3)), text: response } : null
}
