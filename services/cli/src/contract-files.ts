import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  type Contract,
  effectNameIn,
  formatProblem,
  type ParsedContract,
  type ParseOptions,
  type Problem,
  parseContract,
} from '@readback/contract'
import { CliError } from './framework/cli-error.ts'
import { isModuleFile, readModule } from './module-files.ts'

export type ContractFiles = {
  contracts: readonly { file: string; contract: Contract }[]
  /** Errors and warnings of all files. */
  problems: readonly Problem[]
}

/** Reads files, and the contract files of folders; all problems at once. Modules among them are run. */
export async function readContractFiles(paths: readonly string[], options: ParseOptions = {}): Promise<ContractFiles> {
  const contracts: { file: string; contract: Contract }[] = []
  const problems: Problem[] = []
  const files = paths.flatMap(filesAt)
  for (const { file, parsed } of await withKnownUndoing(await readAll(files, options), options)) {
    problems.push(...(parsed.ok ? parsed.warnings : parsed.problems))
    if (!parsed.ok) continue
    const twin = contracts.find(({ contract }) => isSameVersion(contract, parsed.contract))
    if (twin) problems.push(duplicate(file, twin.file, parsed.contract))
    else contracts.push({ file, contract: parsed.contract })
  }
  return { contracts, problems }
}

export { formatProblem }

export const errorsOf = (files: ContractFiles): readonly Problem[] =>
  files.problems.filter(({ severity }) => severity === 'error')

type ReadFile = { file: string; parsed: ParsedContract }

async function readAll(files: readonly string[], options: ParseOptions): Promise<ReadFile[]> {
  const read: ReadFile[] = []
  for (const file of files) read.push({ file, parsed: await readFile(file, options) })
  return read
}

/** What a compensation names must have a contract: in these files, or in those beside them. */
async function withKnownUndoing(read: ReadFile[], options: ParseOptions): Promise<ReadFile[]> {
  const here = effectsOf(read)
  const isOpen = ({ parsed }: ReadFile) => parsed.ok && undoingOf(parsed.contract, here) !== null
  if (!read.some(isOpen)) return read
  const neighbours = read.filter(isOpen).flatMap(({ file }) => filesAt(dirname(file)))
  const beside = effectsOf(await readAll([...new Set(neighbours)], options))
  const effects = new Set([...here, ...beside])
  const checked: ReadFile[] = []
  for (const each of read) {
    checked.push(isOpen(each) ? { ...each, parsed: await readFile(each.file, { ...options, effects }) } : each)
  }
  return checked
}

/** The effect that undoes it, if it is none of these. */
function undoingOf({ rollback }: Contract, effects: ReadonlySet<string>): string | null {
  return rollback.strategy === 'compensate' && !effects.has(rollback.effect) ? rollback.effect : null
}

/** Also of a file that is wrong elsewhere: one mistake is told once. */
function effectsOf(read: readonly ReadFile[]): Set<string> {
  const names = read.map(({ file, parsed }) => {
    if (parsed.ok) return parsed.contract.effect
    return isModuleFile(file) ? null : effectNameIn(readFileSync(file, 'utf8'))
  })
  return new Set(names.filter((name) => name !== null))
}

const readFile = async (file: string, options: ParseOptions): Promise<ParsedContract> =>
  isModuleFile(file) ? readModule(file, options) : parseContract(readFileSync(file, 'utf8'), file, options)

function filesAt(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats)
    throw new CliError('NO_SUCH_FILE', `There is no file or folder ${path}.`, {
      hint: 'Name one, or set READBACK_CONTRACTS.',
    })
  if (!stats.isDirectory()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .filter(isContractFile)
    .map(({ name }) => join(path, name))
    .toSorted()
}

const isContractFile = (entry: Dirent) =>
  !entry.isDirectory() &&
  // A schema for editors may lie beside the files that it describes.
  (/\.ya?ml$|(?<!\.schema)\.json$/.test(entry.name) || isModuleFile(entry.name)) &&
  !entry.name.startsWith('.')

const isSameVersion = (a: Contract, b: Contract) => a.effect === b.effect && a.version === b.version

const duplicate = (file: string, twin: string, { effect, version }: Contract): Problem => ({
  code: 'duplicate_contract',
  severity: 'error',
  file,
  line: 0,
  column: 0,
  field: 'version',
  message: `${effect} version ${version} is in ${twin} already`,
  fix: `version: ${version + 1}`,
})
