import type { TransportPhase } from '@readback/lifecycle'

const CONNECT = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'deadline',
  'aborted',
])
const TLS = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED|EPROTO)/

/** How far a request got that was never written, by the error that ended it. */
export function failedPhase(code: string): TransportPhase {
  if (code === 'egress_denied' || code === 'UND_ERR_INVALID_ARG') return 'blocked'
  if (code.startsWith('EAI_') || code === 'ENOTFOUND' || code === 'EDNS') return 'dns'
  if (CONNECT.has(code)) return 'connect'
  return TLS.test(code) ? 'tls' : 'connect'
}
