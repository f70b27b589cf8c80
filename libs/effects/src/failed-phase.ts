import type { TransportPhase } from '@readback/lifecycle'

const BLOCKED = new Set(['egress_denied', 'UND_ERR_INVALID_ARG', 'ERR_INVALID_URL'])
const DNS = /^(?:EAI_|ENOTFOUND$)/
const TLS = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED|EPROTO)/

/** How far a request got that was never written, by the error that ended it. */
export function failedPhase(code: string): TransportPhase {
  if (BLOCKED.has(code)) return 'blocked'
  if (DNS.test(code)) return 'dns'
  return TLS.test(code) ? 'tls' : 'connect'
}
