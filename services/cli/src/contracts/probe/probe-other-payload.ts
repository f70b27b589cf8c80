import type { Contract } from '@readback/contract'
import type { Bench, Made } from './bench.ts'
import { broken, type Finding, kept, notTested } from './finding.ts'
import { answerText } from './probe-call.ts'
import { patienceFor } from './probe-look.ts'
import { varyPayload } from './vary-payload.ts'

type OtherPayload = Contract['provider']['otherPayload']

const CLAIMS: Readonly<Record<Exclude<OtherPayload, 'unknown'>, string>> = {
  error: 'the same key with another payload is refused',
  first_wins: 'the same key with another payload changes nothing',
  overwrites: 'the same key with another payload replaces the first',
}

export async function probeOtherPayload(bench: Bench): Promise<Finding[]> {
  const { otherPayload } = bench.contract.provider
  if (otherPayload === 'unknown') return []
  const claim = { field: 'provider.other_payload', claim: CLAIMS[otherPayload] }
  if (bench.contract.verify.kind === 'none') return [notTested(claim, 'without a look nobody knows which one is there')]
  const key = bench.key('two-payloads')
  const first = key === null ? null : bench.entry(key)
  const other = first === null ? null : varyPayload(bench.contract, first.payload)
  if (first === null || other === null) return [notTested(claim, 'no second payload could be made from the first')]
  const made = await bench.write(first)
  if (made.result.outcome !== 'success') return [notTested(claim, `the first call: ${answerText(made.result)}`)]
  await bench.lookUntilSeen(first, patienceFor(bench))
  const second = await bench.write({ ...first, payload: other })
  const really = await behaviour(bench, made, second)
  const seen = `${answerText(second.result)}; ${really.text}`
  if (really.is === null) return [notTested(claim, seen)]
  return [really.is === otherPayload ? kept(claim, seen) : broken(claim, seen, `other_payload: ${really.is}`)]
}

async function behaviour(bench: Bench, first: Made, second: Made): Promise<{ is: OtherPayload | null; text: string }> {
  const { look } = await bench.count(first.entry)
  const other = await bench.look(second.entry)
  if (look.verdict === 'duplicate') return { is: 'unknown', text: 'there are two now' }
  const [wasKept, wasReplaced] = [look.verdict === 'present', other.verdict === 'present']
  // Both at once: the look compares nothing that differs between the two.
  if (wasKept === wasReplaced) return { is: null, text: 'the look does not tell the two payloads apart' }
  if (wasReplaced) return { is: 'overwrites', text: 'the second is there' }
  return { is: second.result.outcome === 'success' ? 'first_wins' : 'error', text: 'the first is there' }
}
