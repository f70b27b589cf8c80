import type { KeyPlacement, KeyShape } from '../contract.ts'
import { patternFor } from '../read/pattern.ts'
import type { KeySource } from '../schema/schema-provider.ts'

export function keyPlacement(source: KeySource | undefined): KeyPlacement | null {
  if (source === undefined) return null
  const header = source.in === 'header' ? (source.at ?? null) : null
  return { in: source.in, header, withTenant: source.of === 'tenant_and_key', shape: keyShape(source) }
}

function keyShape({ as = 'raw', max_bytes, allowed, case: letters }: KeySource): KeyShape {
  return {
    as: typeof as === 'string' ? as : { encoding: as.sha256, length: as.length ?? null, prefix: as.prefix ?? '' },
    maxBytes: max_bytes ?? null,
    case: letters ?? null,
    allowed: allowed === undefined ? null : patternFor(allowed),
  }
}
