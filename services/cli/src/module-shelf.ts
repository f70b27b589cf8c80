import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CodeMissingError, type Contract, sha256Of, withCode } from '@readback/contract'
import { isModuleFile, readModule } from './module-files.ts'

/** Puts the code to a contract that was kept. Rejects with CodeMissingError where the text that it was kept with is not there. */
export type ModuleShelf = (contract: Contract) => Promise<Contract>

/** Old versions lie beside the new ones; a module is known by its text, whatever its file is called. */
export function createModuleShelf(folder: string): ModuleShelf {
  return async (contract) => {
    if (contract.code === null) return contract
    const { sha256 } = contract.code
    const file = filesIn(folder).find((each) => sha256Of(readFileSync(each, 'utf8')) === sha256)
    if (file === undefined) throw new CodeMissingError(contract)
    // It was checked when it was deployed; a shorter lease than then does not change what its code does.
    const read = await readModule(file, { leaseMs: Number.MAX_SAFE_INTEGER })
    const custom = read.ok ? read.contract.code?.custom : null
    if (!custom) throw new CodeMissingError(contract)
    return withCode(contract, custom)
  }
}

function filesIn(folder: string): string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isFile() && isModuleFile(entry.name)).map(({ name }) => join(folder, name))
}
