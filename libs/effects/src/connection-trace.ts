import { isIP, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { TransportPhase } from '@readback/lifecycle'
import type { Timings } from './exchange.ts'

/** The steps of one new connection, by the monotonic clock; a step is null until it was taken. */
export type ConnectionTrace = {
  readonly host: string
  readonly isSecure: boolean
  readonly beganAt: number
  resolvedAt: number | null
  connectedAt: number | null
  securedAt: number | null
}

/** Begins with the connection itself: the socket has told nothing yet. */
export function traceConnection(socket: Socket, host: string, isSecure: boolean): ConnectionTrace {
  const beganAt = performance.now()
  const trace: ConnectionTrace = { host, isSecure, beganAt, resolvedAt: null, connectedAt: null, securedAt: null }
  socket.on('lookup', (error: Error | null) => {
    if (!error) trace.resolvedAt ??= performance.now()
  })
  socket.once('connect', () => {
    trace.connectedAt = performance.now()
  })
  if (isSecure)
    socket.once('secureConnect', () => {
      trace.securedAt = performance.now()
    })
  return trace
}

/** The step that a connection was at; one that is ready waits for its request. */
export function stepOf({ host, isSecure, ...at }: ConnectionTrace): TransportPhase {
  if (at.connectedAt === null) return isIP(host) === 0 && at.resolvedAt === null ? 'dns' : 'connect'
  return isSecure && at.securedAt === null ? 'tls' : 'connect'
}

/** How long each step took, of those that were taken to their end. */
export function connectionTimings({ beganAt, resolvedAt, connectedAt, securedAt }: ConnectionTrace): Timings {
  return {
    ...(resolvedAt !== null && { dns: resolvedAt - beganAt }),
    ...(connectedAt !== null && { connect: connectedAt - (resolvedAt ?? beganAt) }),
    ...(securedAt !== null && connectedAt !== null && { tls: securedAt - connectedAt }),
  }
}
