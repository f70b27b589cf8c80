import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { isIP } from 'node:net'
import { buildConnector } from 'undici'
import { denial, type EgressPolicy } from './egress.ts'

/** The connection was refused here; not one packet has left. */
class EgressDenied extends Error {
  readonly code = 'egress_denied'
  constructor(hostname: string, reason: string) {
    super(`${hostname}: ${reason}`)
    this.name = 'EgressDenied'
  }
}

/**
 * Connects only to addresses that the policy allows. Literal addresses never reach a `lookup` hook, so they are checked before;
 * names are checked after resolving, and the socket is given the checked addresses, so that a second DNS answer cannot differ.
 */
export function guardedConnector(policy: EgressPolicy, connectTimeoutMs: number): buildConnector.connector {
  const plain = connectorFor(policy, 'http:', connectTimeoutMs)
  const secure = connectorFor(policy, 'https:', connectTimeoutMs)
  return (options, callback) => {
    const hostname = options.hostname.replace(/^\[(.*)\]$/, '$1')
    const reason =
      isIP(hostname) === 0 ? null : denial(policy, { protocol: options.protocol, hostname, address: hostname })
    if (reason !== null) return callback(new EgressDenied(hostname, reason), null)
    return options.protocol === 'https:' ? secure(options, callback) : plain(options, callback)
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
