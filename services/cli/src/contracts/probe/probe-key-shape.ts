import type { Bench } from './bench.ts'
import { broken, type Finding, kept, notTested } from './finding.ts'
import { answerText } from './probe-call.ts'
import { extremeKeys } from './probe-keys.ts'
import { lookText, patienceFor } from './probe-look.ts'

/** Keys at the edge of what the contract lets through: a provider that cuts or changes them makes two intents one. */
export async function probeKeyShape(bench: Bench): Promise<Finding[]> {
  const shape = bench.contract.provider.key?.shape
  const base = bench.key('shape')
  if (shape === undefined || base === null || shape.as !== 'raw') return []
  const { longest, oddest } = extremeKeys(bench.contract, bench.entry(base), base)
  const bytes = longest === null ? 0 : Buffer.byteLength(longest)
  const long = { field: 'provider.key.max_bytes', claim: `a key of ${bytes} bytes is kept whole` }
  const odd = { field: 'provider.key.allowed', claim: 'a key of unusual characters is kept as it is' }
  return [
    ...(longest === null
      ? []
      : [await taken(bench, long, longest, `max_bytes: fewer than ${bytes}; or as: { sha256: hex }`)]),
    ...(oddest === null ? [] : [await taken(bench, odd, oddest, 'allowed: "[A-Za-z0-9_-]+"; or as: { sha256: hex }')]),
  ]
}

async function taken(
  bench: Bench,
  claim: Pick<Finding, 'field' | 'claim'>,
  key: string,
  fix: string,
): Promise<Finding> {
  if ((await bench.first()) === null) return notTested(claim, 'no call was accepted')
  const made = await bench.write(bench.entry(key))
  if (made.result.outcome !== 'success') return broken(claim, answerText(made.result), fix)
  if (bench.contract.verify.kind === 'none') return kept(claim, answerText(made.result))
  const { look } = await bench.lookUntilSeen(made.entry, patienceFor(bench))
  return look.verdict === 'present' ? kept(claim, 'present under it') : broken(claim, lookText(look), fix)
}
