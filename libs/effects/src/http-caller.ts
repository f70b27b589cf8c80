import type { RequestPlan } from '@readback/contract'
import { Agent, type Dispatcher } from 'undici'
import { createAuthorizer, type Denies, type Send } from './authorize.ts'
import type { ConnectionTrace } from './connection-trace.ts'
import { guardedConnector } from './connector.ts'
import type { EgressPolicy } from './egress.ts'
import type { Exchange } from './exchange.ts'
import { ExchangeHandler } from './exchange-handler.ts'
import { createMailer, type Mailer } from './mailer.ts'

export type HttpCallerOptions = {
  readonly egress: EgressPolicy
  /** Larger answers are cut, and count as such. Default 1 MiB: a look that echoes the largest payload (256 KiB) fits. */
  readonly maxBodyBytes?: number
  /** Sockets per origin. Default: as many as there are calls, since a call that queues for a socket burns its deadline. */
  readonly connections?: number
  /** Certificates (PEM) that mail servers are trusted by, instead of the usual ones. */
  readonly mailCa?: string
  /** Milliseconds since 1970, for what providers compare with their own clock: signatures, and dates to come again at. Default: this process's. */
  readonly now?: () => number
}

export type HttpCaller = {
  /**
   * Sends one request once: no redirect is followed, nothing is repeated. Never rejects. `plan.timeoutMs` covers everything from
   * connecting to the last byte, the request for a token included; `signal` ends it earlier. `denies` says which answers deny the
   * credential (401 and 403 by default): with a token that was held they lead to a new one, once.
   */
  readonly send: (plan: RequestPlan, signal: AbortSignal, denies?: Denies) => Promise<Exchange>
  /** Sends one mail once. Never rejects. */
  readonly sendMail: Mailer['send']
  /** Waits for nothing: what is under way fails. */
  readonly close: () => Promise<void>
}

const MAX_BODY_BYTES = 1024 * 1024
const CONNECT_TIMEOUT_MS = 10_000

export function createHttpCaller({
  egress,
  maxBodyBytes = MAX_BODY_BYTES,
  connections,
  mailCa,
  now = Date.now,
}: HttpCallerOptions): HttpCaller {
  // Undici connects for a request within the dispatch of it, so that whoever is dispatched is whom the connection is for.
  let dispatched: ExchangeHandler | null = null
  const connectionBegan = (trace: ConnectionTrace): void => dispatched?.onConnection(trace)
  const agent = new Agent({
    connect: guardedConnector({ policy: egress, connectTimeoutMs: CONNECT_TIMEOUT_MS, onBegin: connectionBegan }),
    connections: connections ?? null,
    // One request per socket at a time: with pipelining undici would send those behind a failed one again.
    pipelining: 1,
    // Undici's own timers are idle timers; the deadline here is total.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 32 * 1024,
  })
  const mailer = createMailer({ egress, ca: mailCa })
  const sendOnce: Send = (plan, signal) =>
    new Promise((resolve) => {
      dispatched = new ExchangeHandler({ plan, signal, maxBodyBytes, resolve })
      dispatch(agent, plan, dispatched)
      dispatched = null
    })
  const sendAuthorized = createAuthorizer(sendOnce, now)
  return {
    send: (plan, signal, denies = deniesByStatus) =>
      plan.auth == null ? sendOnce(plan, signal) : sendAuthorized(plan, plan.auth, signal, denies),
    sendMail: mailer.send,
    close: () => {
      mailer.close()
      return agent.destroy()
    },
  }
}

const deniesByStatus: Denies = ({ status }) => status === 401 || status === 403

function dispatch(agent: Agent, plan: RequestPlan, handler: ExchangeHandler): void {
  if (handler.settled) return
  try {
    agent.dispatch(requestOptions(plan), handler)
  } catch (error) {
    handler.onError(error as Error)
  }
}

/** Plans have absolute URLs with a path, so a cut is enough; undici checks both halves, and the guard the host. */
function requestOptions({ url, method, headers, body }: RequestPlan): Dispatcher.DispatchOptions {
  const pathStart = url.indexOf('/', url.indexOf('//') + 2)
  const flat = ['accept-encoding', 'identity', 'user-agent', 'readback']
  for (const [name, value] of headers) flat.push(name, value)
  return { origin: url.slice(0, pathStart), path: url.slice(pathStart), method, headers: flat, body }
}
