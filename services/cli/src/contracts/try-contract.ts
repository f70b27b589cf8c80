import { type Contract, type Entry, explainLook, validatePayload } from '@readback/contract'
import { CliError, usageError } from '../framework/cli-error.ts'
import type { Answer, ChangeContext } from '../framework/command.ts'
import { EXIT, type ExitCode } from '../framework/exit-code.ts'
import type { Screen } from '../framework/screen.ts'
import { callMisfit, callPlace, plannedCall, plannedPrepare } from './call-text.ts'
import { payloadFor, readOneContract } from './one-contract.ts'
import { NAMED_SECRETS, openLine, type ProviderLine } from './provider-line.ts'
import { showCall, showLook, showRequest } from './show-trial.ts'
import { type ShownRequest, shownRequest } from './shown-request.ts'
import { type CallTrial, entryFor, type LookTrial, subjectOf, tryCall, tryLook, tryUntilSettled } from './trial.ts'

export type TryInput = {
  file: string
  key: string
  payload: string | null
  tenant: string
  call: boolean
  again: boolean
  externalId: string | undefined
}

type Surroundings = Pick<ChangeContext, 'io' | 'dryRun' | 'confirm'>
type Trial = CallTrial | LookTrial

export async function tryContract(context: Surroundings, input: TryInput): Promise<Answer> {
  const contract = await readOneContract(context.io, input.file)
  const entry = entryFor(contract, input.tenant, input.key, input.payload ?? payloadFor(contract))
  if (contract.verify.kind === 'none' && !input.call) throw nothingToLookAt(input.file)
  if (context.dryRun) return planned(contract, entry, input)
  const line = openLine(context.io)
  try {
    return await tried(context, { line, contract, entry, input })
  } finally {
    await line.close()
  }
}

const nothingToLookAt = (file: string) =>
  new CliError('nothing_to_look_at', `${file} says that the provider offers no way to look.`, {
    hint: '--call makes the call; --dry-run shows it.',
  })

type Parts = { line: ProviderLine; contract: Contract; entry: Entry; input: TryInput }

async function tried(context: Surroundings, parts: Parts): Promise<Answer> {
  const { line, contract, entry, input } = parts
  const before =
    contract.verify.kind === 'none' ? [] : [await tryLook(line, contract, subjectOf(entry, input.externalId))]
  const isThere = before.some(({ verdict }) => verdict !== 'absent')
  if (!input.call || (isThere && !input.again)) return answered(contract, entry, before, input.call && isThere)
  await context.confirm((screen) => asking(contract, entry, screen))
  const { trial: call, entry: called } = await tryCall(line, contract, entry)
  const after = await looksAfter({ ...parts, entry: called }, call)
  return answered(contract, entry, [...before, call, ...after], false)
}

/** By key always, since that is what is left when the answer is lost; and by id when the answer gave one. */
async function looksAfter({ line, contract, entry }: Parts, call: CallTrial): Promise<LookTrial[]> {
  if (contract.verify.kind === 'none') return []
  const byKey = await tryUntilSettled(line, contract, subjectOf(entry))
  const id = call.external_id ?? byKey.external_id
  if (contract.verify.byId === null || id === null) return [byKey]
  return [byKey, await tryLook(line, contract, subjectOf(entry, id))]
}

function asking(contract: Contract, entry: Entry, screen: Screen): string {
  const request = plannedCall(contract, entry)
  return [
    `This makes one real call of ${contract.effect} at ${callPlace(contract)}:`,
    ...(request === null ? [] : showRequest('call', request, screen)),
  ].join('\n')
}

function answered(contract: Contract, entry: Entry, trials: readonly Trial[], wasThere: boolean): Answer {
  const called = trials.some(({ step }) => step === 'call')
  const note = wasThere
    ? 'No call was made: something is there under this key, or that is in doubt. --again calls anyway.'
    : null
  return {
    ok: true,
    effect: called ? 'created' : 'noop',
    data: { effect: contract.effect, version: contract.version, key: entry.key, payload: entry.payload, trials, note },
    show: (screen) => [...trials.map((trial) => showTrial(trial, screen)), note].filter(Boolean).join('\n\n'),
    exitCode: exitCodeOf(trials, called),
  }
}

const showTrial = (trial: Trial, screen: Screen): string =>
  trial.step === 'call' ? showCall(trial, screen) : showLook(trial, screen)

/** A call that is not seen afterwards, or a look that says nothing, is a finding. */
function exitCodeOf(trials: readonly Trial[], called: boolean): ExitCode {
  const isFine = (trial: Trial) => {
    if (trial.step === 'call') return trial.outcome === 'success'
    return called ? trial.verdict === 'present' : trial.verdict !== 'inconclusive'
  }
  const judged = called ? trials.slice(trials.findIndex(({ step }) => step === 'call')) : trials
  return judged.every(isFine) ? EXIT.ok : EXIT.threshold
}

/** What would be sent, and nothing is. Later pages and the canary depend on the answers. */
function planned(contract: Contract, entry: Entry, input: TryInput): Answer {
  const look = contract.verify.kind === 'none' ? [] : [firstLook(contract, entry, input.externalId)]
  const call = input.call ? [...plannedPrepare(contract, entry), plannedCall(contract, entry)] : []
  const requests = [...look, ...call].filter((request) => request !== null)
  const misfit = validatePayload(contract, entry.payload) ?? (input.call ? callMisfit(contract, entry) : null)
  if (misfit !== null) throw usageError(`expected a payload and a key that fit the contract, got others: ${misfit}`)
  return {
    ok: true,
    effect: input.call ? 'created' : 'noop',
    data: { effect: contract.effect, version: contract.version, key: entry.key, payload: entry.payload, requests },
    show: (screen) =>
      [
        ...look.flatMap((request) => (request === null ? [] : [showRequest('look', request, screen).join('\n')])),
        ...call.flatMap((request) => (request === null ? [] : [showRequest('call', request, screen).join('\n')])),
      ].join('\n\n'),
  }
}

function firstLook(contract: Contract, entry: Entry, externalId: string | undefined): ShownRequest | null {
  const { requests } = explainLook(contract, subjectOf(entry, externalId), [{ failed: 'not sent' }], NAMED_SECRETS)
  return requests[0] === undefined ? null : shownRequest(requests[0].plan)
}
