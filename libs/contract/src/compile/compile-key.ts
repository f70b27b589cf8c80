import type { KeyPlacement, KeyShape } from '../contract.ts'
import { patternFor } from '../read/pattern.ts'
import type { KeySource } from '../schema/schema-provider.ts'

export function keyPlacement(source: KeySource | undefined): KeyPlacement | null {
  if (source === undefined) return null
  const header = source.in === 'header' ? (source.at ?? null) : null
  return { in: source.in, header, within: WITHIN[source.of ?? 'key'], shape: keyShape(source) }
}

const WITHIN: Readonly<Record<NonNullable<KeySource['of']>, KeyPlacement['within']>> = {
  key: [],
  tenant_and_key: ['tenant'],
  source_and_key: ['source'],
  source_tenant_and_key: ['source', 'tenant'],
}

function keyShape({ as = 'raw', max_bytes, allowed, case: letters }: KeySource): KeyShape {
  return {
    as: typeof as === 'string' ? as : { encoding: as.sha256, length: as.length ?? null, prefix: as.prefix ?? '' },
    maxBytes: max_bytes ?? null,
    case: letters ?? null,
    allowed: allowed === undefined ? null : patternFor(allowed),
  }
}
