import type { LookResult } from '@readback/effects'
import { settleOf } from '../trial.ts'
import type { Bench } from './bench.ts'
import { broken, type Finding, kept, notTested } from './finding.ts'
import { neighboursOf } from './probe-keys.ts'

const SEEN = { field: 'verify.by_key', claim: 'what a call made is seen by its key' }
const IN_TIME = { field: 'verify.settle', claim: 'it is seen before the settle time is over' }
const BY_ID = { field: 'verify.by_id', claim: 'what a call made is seen by its id' }
const UNKNOWN = { field: 'verify.absent', claim: 'a key that was never used is absent' }
const CANARY = { field: 'verify.canary', claim: 'the canary answers' }
const EXACT = { field: 'verify.by_key.where', claim: 'a key that resembles ours is absent' }

const PATIENCE = 3
const PATIENCE_LEAST_MS = 3_000

/** How long to look for one more, which may show later than the first one did, before it counts as not there. */
export const patienceFor = ({ visibleAfterMs }: Bench): number => Math.max(PATIENCE_LEAST_MS, visibleAfterMs * PATIENCE)

/** Looks for longer than the contract allows, so that it can say what to allow. */
export async function probeSeen(bench: Bench): Promise<Finding[]> {
  const first = await bench.first()
  if (first === null) return [notTested(SEEN, 'no call was accepted')]
  const { forMs } = settleOf(bench.contract)
  const { look, afterMs } = await bench.lookUntilSeen(first.entry, Math.max(forMs * PATIENCE, PATIENCE_LEAST_MS))
  if (look.verdict !== 'present') return [broken(SEEN, lookText(look, afterMs), fixFor(look))]
  bench.visibleAfterMs = afterMs
  bench.isFindable = true
  const seen = `present after ${afterMs} ms`
  if (afterMs <= forMs) return [kept(SEEN, 'present'), kept(IN_TIME, `${seen}, of ${forMs} ms`)]
  const fix = `settle: { for: ${Math.ceil((afterMs * 2) / 1_000)}s }`
  return [kept(SEEN, 'present'), broken(IN_TIME, `${seen}, and settle.for ends after ${forMs} ms`, fix)]
}

export async function probeById(bench: Bench): Promise<Finding[]> {
  const { verify } = bench.contract
  if (verify.kind === 'none' || verify.byId === null) return []
  const first = await bench.first()
  const id = first?.result.externalId ?? null
  if (first === null || id === null) return [notTested(BY_ID, 'no call gave an id')]
  const look = await bench.look(first.entry, id)
  return [look.verdict === 'present' ? kept(BY_ID, 'present') : broken(BY_ID, lookText(look), fixFor(look))]
}

export async function probeUnknownKey(bench: Bench): Promise<Finding[]> {
  const key = bench.key('never')
  if (key === null) return [notTested(UNKNOWN, 'no key fits the contract')]
  const look = await bench.look(bench.entry(key))
  const canary = canaryFinding(bench, look)
  if (look.verdict === 'absent') return [kept(UNKNOWN, 'absent'), ...canary]
  if (look.cause === 'canary_failed') return [notTested(UNKNOWN, 'the canary did not answer'), ...canary]
  if (look.verdict === 'inconclusive') return [broken(UNKNOWN, lookText(look), fixFor(look)), ...canary]
  return [broken(UNKNOWN, `${look.verdict}: somebody else's is taken for ours`, EXACT_FIX), ...canary]
}

const EXACT_FIX = 'where: { /metadata/key: "${key}" }, which is applied here whatever the provider filtered by'

function canaryFinding({ contract: { verify } }: Bench, look: LookResult): Finding[] {
  if (verify.kind === 'none' || verify.canary === null) return []
  if (look.cause === 'canary_failed')
    return [broken(CANARY, 'it did not', 'canary: a request that succeeds whenever this is the right place')]
  return [look.verdict === 'absent' ? kept(CANARY, 'it did') : notTested(CANARY, 'nothing was absent')]
}

/** Providers that search by prefix, or without regard to case, take a stranger's key for ours. */
export async function probeNeighbours(bench: Bench): Promise<Finding[]> {
  const first = await bench.first()
  if (first === null) return [notTested(EXACT, 'no call was accepted')]
  const looked: string[] = []
  for (const key of neighboursOf(first.entry.key)) {
    const look = await bench.look(bench.entry(key))
    if (look.verdict === 'absent') looked.push(key)
    if (isSomething(look))
      return [broken(EXACT, `${look.verdict} for ${key}, where only ${first.entry.key} was used`, EXACT_FIX)]
  }
  return [looked.length > 0 ? kept(EXACT, `absent for ${looked.length} of them`) : notTested(EXACT, 'no such key fits')]
}

const isSomething = ({ verdict }: LookResult): boolean => verdict !== 'absent' && verdict !== 'inconclusive'

export function lookText({ verdict, cause, evidence }: LookResult, afterMs?: number): string {
  const code = cause === verdict ? '' : ` (${cause})`
  return `${verdict}${code}: ${evidence.what}${afterMs === undefined ? '' : `, for ${afterMs} ms`}`
}

/** What to write, by what a look that should have been good has said. */
function fixFor({ verdict, cause, evidence }: LookResult): string {
  if (verdict === 'mismatch')
    return 'present.match: compare by number, lower or trim, or leave out what the provider changes'
  if (verdict === 'duplicate') return 'where: what only one thing has'
  if (verdict === 'pending') return 'settle: a longer for, or another pending rule'
  if (verdict === 'absent') return 'verify: a request and a where that find what the call has made'
  if (cause === 'canary_failed') return 'canary: a request that succeeds whenever this is the right place'
  if (cause === 'absence_unproven') return 'absent: [{ items: 0 }]'
  if (evidence.status === 404)
    return 'absent: [{ status: 404, match: ... }], with a match that only a missing thing answers'
  return 'verify: readback contracts try shows each rule and what stood there'
}
