import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import { StoreError } from '../connect/store-error.ts'

export type ContractRecord = {
  effect: string
  version: number
  hash: string
  /** JSON, as every process will read it. */
  document: string
  keyRetentionMs: number
  /** Default: none. */
  ordering?: 'none' | 'per_key'
}

/**
 * Makes a contract version known to the database; from then on intents are written under the newest one. Entries keep
 * theirs, so a version never changes.
 *
 * @throws StoreError `contract_changed` if the version is there with another hash; also in a dry run, which stores nothing
 */
export async function deployContract(
  db: Database,
  contract: ContractRecord,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<'created' | 'noop'> {
  if (!dryRun && (await insert(db, contract))) return 'created'
  const deployed = await deployedHash(db, contract)
  if (deployed === undefined) return 'created'
  if (deployed === contract.hash) return 'noop'
  throw new StoreError(
    'contract_changed',
    `version ${contract.version} of ${contract.effect} is deployed with other content; entries rely on it: raise the version`,
  )
}

async function insert(db: Database, contract: ContractRecord): Promise<boolean> {
  const { rows } = await sql`
    insert into readback.contract (effect, version, hash, document, key_retention, ordering)
    values (${contract.effect}, ${contract.version}, ${contract.hash}, ${contract.document}::json,
            ${contract.keyRetentionMs}::float8 * interval '1 millisecond', ${contract.ordering ?? 'none'})
    on conflict do nothing
    returning version`.execute(db.kysely)
  return rows.length > 0
}

async function deployedHash(db: Database, { effect, version }: ContractRecord): Promise<string | undefined> {
  const { rows } = await sql<{ hash: string }>`
    select hash from readback.contract where effect = ${effect} and version = ${version}`.execute(db.kysely)
  return rows[0]?.hash
}
