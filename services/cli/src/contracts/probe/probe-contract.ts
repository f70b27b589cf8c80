import { randomBytes } from 'node:crypto'
import { type Contract, validatePayload } from '@readback/contract'
import { usageError } from '../../framework/cli-error.ts'
import type { Answer, ChangeContext } from '../../framework/command.ts'
import { EXIT } from '../../framework/exit-code.ts'
import { callPlace } from '../call-text.ts'
import { payloadFor, readOneContract } from '../one-contract.ts'
import { openLine, type Redirect } from '../provider-line.ts'
import { settleOf } from '../trial.ts'
import { type Bench, createBench, type Made } from './bench.ts'
import type { Finding } from './finding.ts'
import { runProbes } from './run-probes.ts'
import { showFindings } from './show-findings.ts'

type Surroundings = Pick<ChangeContext, 'io' | 'dryRun' | 'confirm'>
export type ProbeInput = { file: string; payload: string | null; deadlineMs: number | undefined }

const DEADLINE_LEAST_MS = 30_000

/** Puts the claims of a contract to the test at a sandbox of its provider, and leaves there what it has made. */
export async function probeContract({ io, dryRun, confirm }: Surroundings, input: ProbeInput): Promise<Answer> {
  const contract = await readOneContract(io, input.file)
  const payload = input.payload ?? payloadFor(contract)
  const misfit = validatePayload(contract, payload)
  if (misfit !== null)
    throw usageError(`payload: expected one that fits the contract, got one that does not: ${misfit}`)
  const plan = planText(contract)
  if (dryRun) return planned(contract, plan)
  await confirm(() => `${plan}\nWhat it makes stays there: use a sandbox.`)

  const redirect: { to: Redirect | null } = { to: null }
  const line = openLine(io, redirect)
  let signal = new AbortController().signal
  const run = randomBytes(4).toString('hex')
  const bench = createBench({ line, redirect, contract, run, payload, signal: () => signal })
  try {
    const findings = await runProbes({
      bench,
      deadlineMs: input.deadlineMs ?? DEADLINE_LEAST_MS + settleOf(contract).forMs * 4,
      setSignal: (given) => {
        signal = given
      },
      step: (name) => io.err(`${name} ...\n`),
    })
    return answered(bench, findings)
  } finally {
    await line.close()
  }
}

function planText(contract: Contract): string {
  const looks = contract.verify.kind === 'looks'
  const calls = `This makes up to ${looks ? 6 : 3} real calls of ${contract.effect} at ${callPlace(contract)}`
  return looks ? `${calls}, and looks for them.` : `${calls}.`
}

const planned = (contract: Contract, plan: string): Answer => ({
  ok: true,
  effect: 'created',
  data: { effect: contract.effect, version: contract.version, origin: callPlace(contract) },
  show: () => plan,
})

/** What was refused left nothing. */
const mayBeThere = ({ result }: Made): boolean =>
  result.outcome === 'success' || result.outcome === 'side_effect_unknown'

function answered({ contract, sent }: Bench, findings: readonly Finding[]): Answer {
  const isBroken = findings.some(({ result }) => result === 'broken')
  const made = sent.filter(mayBeThere).map(({ entry, result }) => ({ key: entry.key, external_id: result.externalId }))
  const { effect, version } = contract
  return {
    ok: true,
    effect: made.length > 0 ? 'created' : 'noop',
    data: { effect, version, origin: callPlace(contract), kept: !isBroken, findings, left: made },
    show: (screen) => showFindings(findings, made, screen),
    exitCode: isBroken ? EXIT.threshold : EXIT.ok,
  }
}
