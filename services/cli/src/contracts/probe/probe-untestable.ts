import type { Bench } from './bench.ts'
import { type Finding, notTested } from './finding.ts'

/** Claims about time and about what happens in trouble: named, so that nobody takes silence for proof. */
export async function probeUntestable({ contract }: Bench): Promise<Finding[]> {
  const { provider, providerClass, rollback } = contract
  const lifetime = { field: 'provider.key.lifetime', claim: 'the key is remembered as long as that' }
  const late = { field: 'provider.max_execution_delay', claim: 'nothing is executed later than that after we gave up' }
  const undone = { field: 'rollback', claim: 'the other effect undoes this one' }
  return [
    ...(providerClass === 'keyed' && typeof provider.keyLifetimeMs === 'number'
      ? [notTested(lifetime, 'it would take as long')]
      : []),
    notTested(late, 'it takes a provider in trouble'),
    ...(rollback.strategy === 'compensate' ? [notTested(undone, `probe the contract of ${rollback.effect}`)] : []),
  ]
}
