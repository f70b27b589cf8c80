import { parsePointer } from '../read/json-pointer.ts'
import { patternFor } from '../read/pattern.ts'
import type { KeptSource, PrepareSource } from '../schema/schema-call.ts'
import type { KeptRule, PrepareStep } from '../send/prepare.ts'
import { authorizedRequest, type CallAuth } from './compile-auth.ts'

/** The key does not go with the steps by itself: to the provider it names the call, and nothing else. */
export function compilePrepare(
  source: PrepareSource | undefined,
  auth: CallAuth,
  timeoutMs: number,
): readonly PrepareStep[] {
  return [source ?? []].flat().map(({ request, keep, auth: own }) => ({
    request: authorizedRequest({ method: 'POST', ...request }, own, auth, timeoutMs),
    keep: Object.entries(keep)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, rule]) => [name, keptRule(rule)] as const),
  }))
}

function keptRule(source: KeptSource): KeptRule {
  if (typeof source === 'string') return { at: parsePointer(source) }
  if ('at' in source) return { at: parsePointer(source.at) }
  return { header: source.header.toLowerCase(), pattern: source.re === undefined ? null : patternFor(source.re) }
}
