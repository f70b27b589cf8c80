import { type Contract, type ContractChange, contractChanges, contractFromDocument } from '@readback/contract'
import { type Database, loadContracts } from '@readback/store'
import { CliError, usageError } from '../framework/cli-error.ts'
import type { Context, Report } from '../framework/command.ts'
import { EXIT } from '../framework/exit-code.ts'
import type { Screen } from '../framework/screen.ts'
import { readOneContract } from './one-contract.ts'

export async function diffContracts(context: Context, file: string, others: readonly string[]): Promise<Report> {
  const [newer, tooMany] = others
  if (tooMany !== undefined) throw usageError('diff: expected one or two files, got more')
  const contract = await readOneContract(context.io, file)
  if (newer !== undefined) return compared(contract, await readOneContract(context.io, newer))
  return compared(await deployedBefore(context.db(), contract), contract)
}

/** The same version if it is deployed, else the newest one. */
async function deployedBefore(db: Database, { effect, version }: Contract): Promise<Contract> {
  const records = (await loadContracts(db)).filter((record) => record.effect === effect)
  const record = records.find((each) => each.version === version) ?? records.at(-1)
  if (record === undefined) throw new CliError('contract_missing', `No contract of ${effect} was ever deployed here.`)
  const parsed = contractFromDocument(JSON.parse(record.document), `${effect}@${record.version}`)
  if (parsed.ok) return parsed.contract
  throw new CliError('contract_invalid', `Version ${record.version} of ${effect} cannot be read any more.`, {
    data: { problems: parsed.problems },
  })
}

function compared(before: Contract, after: Contract): Report {
  if (before.effect !== after.effect)
    throw usageError(`diff: expected two contracts of one effect, got ${before.effect} and ${after.effect}`)
  const changes = contractChanges(before, after)
  const needsVersion = before.hash !== after.hash && before.version >= after.version
  const data = {
    effect: after.effect,
    before: before.version,
    after: after.version,
    same: before.hash === after.hash,
    needs_new_version: needsVersion,
    risky: changes.some(({ risk }) => risk !== null),
    changes,
  }
  return {
    data,
    rows: changes,
    show: (screen) => showChanges(data, screen),
    exitCode: needsVersion ? EXIT.threshold : EXIT.ok,
  }
}

type Compared = {
  effect: string
  before: number
  after: number
  same: boolean
  needs_new_version: boolean
  changes: readonly ContractChange[]
}

function showChanges({ effect, before, after, same, needs_new_version, changes }: Compared, screen: Screen): string {
  const { paint } = screen
  const heading = `${effect} version ${before} to ${after}: ${sumOf(same, changes)}`
  const advice = paint('red', `A version keeps its content. Write: version: ${before + 1}`)
  return [heading, ...changes.map((change) => showChange(change, screen)), ...(needs_new_version ? [advice] : [])].join(
    '\n',
  )
}

function sumOf(same: boolean, changes: readonly ContractChange[]): string {
  if (same) return 'nothing changed'
  if (changes.length === 0) return 'the same meaning in other words'
  const risky = changes.filter(({ risk }) => risk !== null).length
  return `${changes.length} changes, ${risky} risky`
}

function showChange({ field, before, after, risk }: ContractChange, { paint }: Screen): string {
  const line = `  ${paint('bold', field)}: ${shown(before)} -> ${shown(after)}`
  return risk === null ? line : `${line}\n    ${paint('yellow', 'risk')}: ${risk}`
}

const SHOWN_CHARS = 60

function shown(value: unknown): string {
  if (value === null) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text
}
