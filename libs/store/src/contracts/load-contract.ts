import type { Database } from '../connect/database.ts'
import { statement } from '../connect/statement.ts'
import { StoreError } from '../connect/store-error.ts'

/** The document of one deployed version, as JSON text. */
export async function loadContract(db: Database, contract: { effect: string; version: number }): Promise<string> {
  const [row] = await load(db.pool, [contract.effect, contract.version])
  if (!row)
    throw new StoreError(
      'contract_missing',
      `version ${contract.version} of ${contract.effect} was never deployed here`,
    )
  return row.document
}

/** The version that intents are written under now. */
export async function newestVersion(db: Database, effect: string): Promise<number> {
  const [row] = await newest(db.pool, [effect])
  if (!row) throw new StoreError('contract_missing', `no contract of ${effect} was ever deployed here`)
  return row.version
}

const load = statement<{ document: string }>(
  'load_contract',
  'select document::text as document from readback.contract where effect = $1 and version = $2',
)

const newest = statement<{ version: number }>(
  'newest_contract_version',
  'select version from readback.contract where effect = $1 order by version desc limit 1',
)
