import type { PoolClient } from 'pg'
import { statement } from '../connect/statement.ts'
import type { CallBatch } from './call-batch.ts'

/**
 * The second statement of a claim, which goes out behind the one that is inserting live rows. That one looks at no settlement, and may have
 * waited for one to commit that its own snapshot does not show: then it has just brought a settled entry back to life, also one that was to
 * wait. This one has a newer snapshot, and takes such rows away again. Resolves with the others.
 */
export async function dropSettled<Row extends { entry_id: string }>(
  client: PoolClient,
  within: CallBatch['within'],
  inserting: Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const [live, dropped] = await Promise.all([inserting, drop(client, within)])
  if (dropped.length === 0) return live
  const settled = new Set(dropped.map((row) => row.entry_id))
  return live.filter((row) => !settled.has(row.entry_id))
}

const drop = statement<{ entry_id: string }>(
  'drop_settled_claims',
  `
  delete from readback.delivery d
  using unnest($1::uuid[]) as claimed (entry_id)
  cross join lateral (
    select from readback.settlement s
    where s.entry_id = claimed.entry_id and s.entry_id between $2::uuid and $3::uuid
    limit 1
  ) ended
  where d.entry_id = claimed.entry_id and d.entry_id = any ($1::uuid[])
  returning d.entry_id
  `,
)
