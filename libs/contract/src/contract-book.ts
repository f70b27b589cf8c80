import type { Contract } from './contract.ts'

export type ContractBook = {
  /** The version an entry was written under. Rejects if it was never deployed or this program cannot read it. */
  version(effect: string, version: number): Promise<Contract>
  /** The newest one: what limits apply now. */
  newest(effect: string): Promise<Contract>
}

export type ContractBookDeps = {
  load(effect: string, version: number): Promise<Contract>
  newestVersion(effect: string): Promise<number>
  monotonicMs(): number
}

/** A contract that was never deployed, or that this program cannot read, for instance because a newer one wrote it. */
export class ContractUnreadableError extends Error {
  override readonly name = 'ContractUnreadableError'
  readonly code = 'contract_unreadable'
}

/** A contract with code that is not in this process: others may have it. Not remembered, since it may come. */
export class CodeMissingError extends ContractUnreadableError {
  constructor({ effect, version }: Pick<Contract, 'effect' | 'version'>) {
    super(`the module of ${effect} version ${version} is not in the folder of this process`)
  }
}

/** The contract, or null where it cannot be read here; any other failure stays one. */
export const readable = (contract: Promise<Contract>): Promise<Contract | null> =>
  contract.catch((error: unknown) => {
    if (error instanceof ContractUnreadableError) return null
    throw error
  })

// A new version may be deployed at any time; limits follow it this soon.
const NEWEST_FOR_MS = 2_000

/** Contracts by version, each loaded once: a version never changes. */
export function createContractBook(deps: ContractBookDeps): ContractBook {
  const versions = new Map<string, Promise<Contract>>()
  const newest = new Map<string, { version: Promise<number>; untilMs: number }>()

  const book: ContractBook = {
    version(effect, version) {
      const name = `${effect}@${version}`
      const known = versions.get(name) ?? deps.load(effect, version)
      versions.set(name, known)
      known.catch(() => versions.delete(name))
      return known
    },
    async newest(effect) {
      const known = newest.get(effect)
      if (known && deps.monotonicMs() < known.untilMs) return book.version(effect, await known.version)
      const version = deps.newestVersion(effect)
      newest.set(effect, { version, untilMs: deps.monotonicMs() + NEWEST_FOR_MS })
      version.catch(() => newest.delete(effect))
      return book.version(effect, await version)
    },
  }
  return book
}
