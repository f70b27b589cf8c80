import type { RequestPlan } from '@readback/contract'
import { Agent, type Dispatcher } from 'undici'
import { guardedConnector } from './connector.ts'
import type { EgressPolicy } from './egress.ts'
import type { Exchange } from './exchange.ts'
import { ExchangeHandler } from './exchange-handler.ts'

export type HttpCallerOptions = {
  readonly egress: EgressPolicy
  /** Larger answers are cut, and count as such. Default 1 MiB: a look that echoes the largest payload (256 KiB) fits. */
  readonly maxBodyBytes?: number
  /** Sockets per origin. Default: as many as there are calls, since a call that queues for a socket burns its deadline. */
  readonly connections?: number
}

export type HttpCaller = {
  /**
   * Sends one request once: no redirect is followed, nothing is repeated. Never rejects. `plan.timeoutMs` covers everything from
   * connecting to the last byte; `signal` ends it earlier.
   */
  readonly send: (plan: RequestPlan, signal: AbortSignal) => Promise<Exchange>
  /** Waits for nothing: what is under way fails. */
  readonly close: () => Promise<void>
}

const MAX_BODY_BYTES = 1024 * 1024
const CONNECT_TIMEOUT_MS = 10_000

export function createHttpCaller({
  egress,
  maxBodyBytes = MAX_BODY_BYTES,
  connections,
}: HttpCallerOptions): HttpCaller {
  const agent = new Agent({
    connect: guardedConnector(egress, CONNECT_TIMEOUT_MS),
    connections: connections ?? null,
    // One request per socket at a time: with pipelining undici would send those behind a failed one again.
    pipelining: 1,
    // Undici's own timers are idle timers; the deadline here is total.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 32 * 1024,
  })
  return {
    send: (plan, signal) =>
      new Promise((resolve) => dispatch(agent, plan, new ExchangeHandler({ plan, signal, maxBodyBytes, resolve }))),
    close: () => agent.destroy(),
  }
}

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
