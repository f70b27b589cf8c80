import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import type { ContractRecord } from './deploy-contract.ts'

/** Every version that was ever deployed, by effect and version. */
export async function loadContracts(db: Database): Promise<ContractRecord[]> {
  const { rows } = await sql<ContractRecord>`
    select effect, version, hash, document::text as document,
           extract(epoch from key_retention)::float8 * 1000 as "keyRetentionMs"
    from readback.contract
    order by effect, version`.execute(db.kysely)
  return rows
}
