import {
  type Contract,
  compensationKey,
  contractFromDocument,
  formatProblem,
  keyMisfit,
  renderCompensation,
  validatePayload,
} from '@readback/contract'
import { type CompensationFact, type Database, loadContract, newestVersion } from '@readback/store'

/** What undoes an entry, or a sentence that says why it cannot be made. */
export type Made =
  /** `seen`: somebody can look whether that has happened. */
  { ok: true; effect: string; key: string; payload: string; seen: boolean } | { ok: false; detail: string }

export type Contracts = {
  /** Name of the database that all of this is in. */
  source: string
  version(effect: string, version: number): Promise<Contract | string>
  newest(effect: string): Promise<Contract | string>
}

/** Contracts as they were deployed, each read once; or why one cannot be read. */
export function deployedContracts({ name, db }: { name: string; db: Database }): Contracts {
  const known = new Map<string, Promise<Contract | string>>()
  const version = (effect: string, number: number) => {
    const name = `${effect} version ${number}`
    const contract = known.get(name) ?? read(db, { effect, version: number })
    known.set(name, contract)
    return contract
  }
  return {
    source: name,
    version,
    async newest(effect) {
      try {
        return await version(effect, await newestVersion(db, effect))
      } catch (error) {
        if (codeOf(error) === 'contract_missing') return `no contract of ${effect} is deployed`
        throw error
      }
    },
  }
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code

async function read(db: Database, contract: { effect: string; version: number }): Promise<Contract | string> {
  const name = `${contract.effect} version ${contract.version}`
  const parsed = contractFromDocument(JSON.parse(await loadContract(db, contract)), name)
  if (parsed.ok) return parsed.contract
  return `the contract ${name} cannot be read here: ${parsed.problems.map(formatProblem).join('; ')}`
}

/** By the contract that the entry was written under, for the newest one of what undoes it. */
export async function makeCompensation(
  fact: CompensationFact,
  contract: Contract,
  contracts: Contracts,
): Promise<Made> {
  const rendered = renderCompensation(contract, receiptOf(fact, contracts.source))
  if (!rendered.ok) return { ok: false, detail: rendered.message }
  const effect = contract.rollback.strategy === 'compensate' ? contract.rollback.effect : ''
  const undoing = await contracts.newest(effect)
  if (typeof undoing === 'string') return { ok: false, detail: undoing }
  const key = compensationKey({ effect: fact.effect_name, key: fact.key })
  const misfit =
    keyMisfit(undoing, { source: contracts.source, tenant: fact.tenant, key }) ??
    validatePayload(undoing, rendered.plan)
  if (misfit !== null) return { ok: false, detail: `${effect} does not take it: ${misfit}` }
  return { ok: true, effect, key, payload: rendered.plan, seen: undoing.verify.kind === 'looks' }
}

const receiptOf = (fact: CompensationFact, source: string) => ({
  entry: {
    entryId: fact.entry_id,
    source,
    tenant: fact.tenant,
    effect: fact.effect_name,
    key: fact.key,
    payload: fact.payload,
    createdAt: fact.committed_at,
    prepared: fact.prepared,
  },
  externalId: fact.external_id,
  kept: fact.kept,
})
