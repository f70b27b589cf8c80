import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { once } from 'node:events'
import { connect, isIP, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { buildConnector } from 'undici'
import { type ConnectionTrace, traceConnection } from './connection-trace.ts'
import { denial, type EgressPolicy } from './egress.ts'

/** The connection was refused here; not one packet has left. */
class EgressDenied extends Error {
  readonly code = 'egress_denied'
  constructor(hostname: string, reason: string) {
    super(`${hostname}: ${reason}`)
    this.name = 'EgressDenied'
  }
}

export type ConnectorOptions = {
  readonly policy: EgressPolicy
  readonly connectTimeoutMs: number
  /** Told of each connection as it begins. */
  readonly onBegin: (trace: ConnectionTrace) => void
}

/**
 * Connects only to addresses that the policy allows. Literal addresses never reach a `lookup` hook, so they are checked before;
 * names are checked after resolving, and the socket is given the checked addresses, so that a second DNS answer cannot differ.
 */
export function guardedConnector({ policy, connectTimeoutMs, onBegin }: ConnectorOptions): buildConnector.connector {
  const plain = connectorFor(policy, 'http:', connectTimeoutMs)
  const secure = connectorFor(policy, 'https:', connectTimeoutMs)
  return (options, callback) => {
    const hostname = options.hostname.replace(/^\[(.*)\]$/, '$1')
    const denied = deniedLiteral(policy, options.protocol, hostname)
    if (denied !== null) return callback(denied, null)
    const isSecure = options.protocol === 'https:'
    // Its type keeps to itself that it gives the socket back.
    const socket: unknown = isSecure ? secure(options, callback) : plain(options, callback)
    if (socket instanceof Socket) onBegin(traceConnection(socket, hostname, isSecure))
  }
}

function deniedLiteral(policy: EgressPolicy, protocol: string, hostname: string): EgressDenied | null {
  if (isIP(hostname) === 0) return null
  const reason = denial(policy, { protocol, hostname, address: hostname })
  return reason === null ? null : new EgressDenied(hostname, reason)
}

export type SocketPlace = {
  readonly host: string
  readonly port: number
  /** `secure` has TLS from the first byte, `later` gets it, `never` sends everything in the clear. */
  readonly tls: 'secure' | 'later' | 'never'
  /** Certificates to trust instead of the usual ones. */
  readonly ca?: string | undefined
  /** Told of the connection as it begins. */
  readonly onBegin: (trace: ConnectionTrace, socket: Socket) => void
}

/** A connected socket, behind the same guard. What it cannot be is thrown, or is what `signal` was aborted with. */
export async function guardedSocket(policy: EgressPolicy, place: SocketPlace, signal: AbortSignal): Promise<Socket> {
  const { host, port, tls, ca, onBegin } = place
  const protocol = tls === 'never' ? 'smtp:' : 'https:'
  const denied = deniedLiteral(policy, protocol, host)
  if (denied !== null) throw denied
  signal.throwIfAborted()
  const options = { host, port, lookup: guardedLookup(policy, protocol) }
  const name = isIP(host) === 0 ? { servername: host } : {}
  const socket =
    tls === 'secure' ? connectTls({ ...options, ...name, ...(ca !== undefined && { ca }) }) : connect(options)
  onBegin(traceConnection(socket, host, tls === 'secure'), socket)
  const stop = () => socket.destroy(signal.reason as Error)
  signal.addEventListener('abort', stop, { once: true })
  try {
    await once(socket, tls === 'secure' ? 'secureConnect' : 'connect')
    return socket
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function connectorFor(policy: EgressPolicy, protocol: string, timeout: number): buildConnector.connector {
  return buildConnector({ timeout, lookup: guardedLookup(policy, protocol) })
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void

function guardedLookup(policy: EgressPolicy, protocol: string) {
  return (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const allowed = addresses.filter(({ address }) => denial(policy, { protocol, hostname, address }) === null)
      const [first] = allowed
      if (first === undefined)
        return callback(new EgressDenied(hostname, reasonFor(policy, protocol, hostname, addresses)), [])
      return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family)
    })
  }
}

function reasonFor(
  policy: EgressPolicy,
  protocol: string,
  hostname: string,
  addresses: readonly LookupAddress[],
): string {
  const [first] = addresses
  if (first === undefined) return 'resolves to nothing'
  return denial(policy, { protocol, hostname, address: first.address }) ?? 'denied'
}
