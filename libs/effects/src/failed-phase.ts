import type { TransportPhase } from '@readback/lifecycle'
import { type ConnectionTrace, stepOf } from './connection-trace.ts'

const BLOCKED = new Set(['egress_denied', 'UND_ERR_INVALID_ARG', 'ERR_INVALID_URL'])
const DNS = /^(?:EAI_|ENOTFOUND$)/
const TLS = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED|EPROTO)/

/** How far a request got that was never written: by what its connection had come to, else by the error that ended it. */
export function failedPhase(code: string, connection: ConnectionTrace | null = null): TransportPhase {
  if (BLOCKED.has(code)) return 'blocked'
  if (connection !== null) return stepOf(connection)
  if (DNS.test(code)) return 'dns'
  return TLS.test(code) ? 'tls' : 'connect'
}
