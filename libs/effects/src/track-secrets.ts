import type { SecretSource } from '@readback/contract'

/** Remembers which secrets went out, so that an answer that echoes them can be cleaned. */
export function trackSecrets(source: SecretSource): { secret: SecretSource; used: Set<string> } {
  const used = new Set<string>()
  const secret: SecretSource = (name) => {
    const value = source(name)
    if (value !== undefined && value !== '') used.add(value)
    return value
  }
  return { secret, used }
}
