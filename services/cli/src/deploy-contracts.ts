import type { Contract } from '@readback/contract'
import { type Database, deployContract, loadContracts, StoreError } from '@readback/store'

export type Deployment = { effect: string; version: number; result: 'created' | 'noop' }

/** Makes contracts known to the database; a version that is there already stays as it is. */
export async function deployContracts(db: Database, contracts: readonly Contract[]): Promise<Deployment[]> {
  const deployed: Deployment[] = []
  for (const contract of contracts) {
    const { effect, version } = contract
    deployed.push({ effect, version, result: await deployContract(db, recordOf(contract)) })
  }
  return deployed
}

/** What a deployment would do. Throws as it would. */
export async function planDeployment(db: Database, contracts: readonly Contract[]): Promise<Deployment[]> {
  const known = await loadContracts(db)
  return contracts.map(({ effect, version, hash }) => {
    const twin = known.find((each) => each.effect === effect && each.version === version)
    if (twin && twin.hash !== hash) {
      throw new StoreError('contract_changed', `version ${version} of ${effect} is deployed with another content`)
    }
    return { effect, version, result: twin ? 'noop' : 'created' }
  })
}

const recordOf = ({ effect, version, hash, document, keyRetentionMs, ordering }: Contract) => ({
  effect,
  version,
  hash,
  document: JSON.stringify(document),
  keyRetentionMs,
  ordering,
})
