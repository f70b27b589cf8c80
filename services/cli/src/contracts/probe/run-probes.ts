import type { Bench } from './bench.ts'
import { type Finding, notTested } from './finding.ts'
import { probeAccepted, probeExternalId } from './probe-call.ts'
import { probeKeyShape } from './probe-key-shape.ts'
import { probeById, probeNeighbours, probeSeen, probeUnknownKey } from './probe-look.ts'
import { probeOtherPayload } from './probe-other-payload.ts'
import { probeRepeat } from './probe-repeat.ts'
import { probeUntestable } from './probe-untestable.ts'
import { probeWrongPlace } from './probe-wrong-place.ts'

type Probe = {
  name: string
  /** Says nothing where the contract has no look. */
  looks?: true
  /** Would only repeat, where a look does not find what was made, that it does not. */
  finds?: true
  run(bench: Bench): Promise<Finding[]>
}

/** In this order: each goes on from what the ones before have made. */
const PROBES: readonly Probe[] = [
  { name: 'a first call', run: probeAccepted },
  { name: 'its external id', run: probeExternalId },
  { name: 'a look by key', looks: true, run: probeSeen },
  { name: 'a look by id', looks: true, run: probeById },
  { name: 'a key that was never used', looks: true, run: probeUnknownKey },
  { name: 'keys that resemble ours', looks: true, finds: true, run: probeNeighbours },
  { name: 'a wrong place', looks: true, finds: true, run: probeWrongPlace },
  { name: 'the same key again', finds: true, run: probeRepeat },
  { name: 'the same key with another payload', finds: true, run: probeOtherPayload },
  { name: 'long and unusual keys', finds: true, run: probeKeyShape },
  { name: 'what cannot be tested', run: probeUntestable },
]

type ProbeRun = { bench: Bench; deadlineMs: number; setSignal(signal: AbortSignal): void; step(name: string): void }

export async function runProbes({ bench, deadlineMs, setSignal, step }: ProbeRun): Promise<Finding[]> {
  const findings: Finding[] = []
  const looks = bench.contract.verify.kind === 'looks'
  for (const probe of PROBES.filter((each) => looks || !each.looks)) {
    step(probe.name)
    if (looks && probe.finds && !bench.isFindable) findings.push(notTested({ field: '', claim: probe.name }, NOT_FOUND))
    else findings.push(...(await inTime(probe, { bench, deadlineMs, setSignal })))
  }
  return findings
}

const NOT_FOUND = 'what a call makes is not found by its key'

async function inTime(probe: Probe, { bench, deadlineMs, setSignal }: Omit<ProbeRun, 'step'>): Promise<Finding[]> {
  const signal = AbortSignal.timeout(deadlineMs)
  setSignal(signal)
  const found = await probe.run(bench).catch((error: unknown) => {
    if (signal.aborted) return []
    throw error
  })
  // What was cut off looks like a provider that does not answer.
  return signal.aborted ? [notTested({ field: '', claim: probe.name }, `not finished within ${deadlineMs} ms`)] : found
}
