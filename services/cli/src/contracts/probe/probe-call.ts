import type { CallResult } from '@readback/effects'
import type { Bench } from './bench.ts'
import { broken, type Finding, kept, notTested } from './finding.ts'

const ACCEPTED = { field: 'call', claim: 'a call with a new key is accepted' }
const NAMED = { field: 'call.external_id', claim: 'the answer to a call names the external id' }

/** How an answer came and was read, in a few words. */
export function answerText({ outcome, cause, evidence }: CallResult): string {
  const came = evidence.status === null ? (evidence.error ?? 'no answer') : String(evidence.status)
  return `${came}, read as ${outcome} (${cause})`
}

export async function probeAccepted(bench: Bench): Promise<Finding[]> {
  if (bench.key('first') === null) {
    const fix = 'provider.key.allowed and max_bytes: no key of the probe fits them'
    return [broken(ACCEPTED, 'no key fits the contract', fix)]
  }
  const first = await bench.first()
  const answered = first?.result ?? bench.sent[0]?.result
  if (first !== null) return [kept(ACCEPTED, answerText(first.result))]
  if (answered === undefined)
    return [broken(ACCEPTED, 'nothing was sent', 'run readback contracts try with --call, which says why')]
  return [broken(ACCEPTED, answerText(answered), fixFor(answered))]
}

function fixFor({ outcome, evidence }: CallResult): string {
  if (outcome === 'permission_denied') return 'auth, and the secret that it names'
  if (evidence.status === null) return 'call.url, and READBACK_EGRESS_ALLOW for a host that is not public'
  return 'a --payload that the provider takes; or answers, if this status means that it was accepted'
}

export async function probeExternalId(bench: Bench): Promise<Finding[]> {
  if (bench.contract.externalId === null) return []
  const first = await bench.first()
  if (first === null) return [notTested(NAMED, 'no call was accepted')]
  const { externalId, evidence } = first.result
  if (externalId !== null) return [kept(NAMED, externalId)]
  const fix = 'external_id: where the id stands in the answer, which readback contracts try --call shows'
  return [broken(NAMED, `${evidence.status} without a value there`, fix)]
}
