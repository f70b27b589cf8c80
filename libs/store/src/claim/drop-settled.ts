import type { PoolClient } from 'pg'
import { statement } from '../connect/statement.ts'
import type { Within } from './call-batch.ts'

/**
 * The second statement of a claim, which goes out behind the one that is inserting live rows. That one looks at no settlement, and may have
 * waited for one to commit that its own snapshot does not show: then it has just brought a settled entry back to life, also one that was to
 * wait. This one has a newer snapshot, and takes such rows away again. Resolves with the others.
 */
export async function dropSettled<Row extends { entry_id: string }>(
  client: PoolClient,
  batch: Within,
  inserting: Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const [live, dropped] = await Promise.all([inserting, drop(client, batch)])
  if (dropped.length === 0) return live
  const settled = new Set(dropped.map((row) => row.entry_id))
  return live.filter((row) => !settled.has(row.entry_id))
}

const drop = statement<{ entry_id: string }>(
  'drop_settled_claims',
  `
  delete from readback.delivery d
  using readback.settlement s
  cross join lateral (select p.ctid as place from readback.delivery p where p.entry_id = s.entry_id limit 1) live
  where s.entry_id = any ($1::uuid[]) and s.entry_id between $2::uuid and $3::uuid and d.ctid = live.place
  returning d.entry_id
  `,
)
