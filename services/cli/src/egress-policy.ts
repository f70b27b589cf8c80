import { type EgressPolicy, parseEgressAllow } from '@readback/effects'
import { ConfigError } from '@readback/service-kit'

/** What a developer's own tools may call besides what is configured. */
export const LOOPBACK = '127.0.0.0/8,::1,localhost'

export function egressPolicy(text: string): EgressPolicy {
  const parsed = parseEgressAllow(text)
  if (parsed.ok) return parsed.policy
  throw new ConfigError(parsed.problems.map((problem) => `READBACK_EGRESS_ALLOW: ${problem}`))
}
