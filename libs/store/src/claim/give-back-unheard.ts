import type { Database } from '../connect/database.ts'
import { repeatIfLost } from '../connect/repeat-if-lost.ts'
import { statement } from '../connect/statement.ts'
import { UNUSED_CLAIM } from './unused-claim.ts'

/**
 * Gives back what a claim may have taken although its answer was lost: the connection broke while it committed. Nobody heard
 * of these claims, so nothing was called under them, and no attempt is used up. Without this they would wait for the end of
 * the lease. Returns how many there were.
 *
 * The caller leaves out what it holds by other claims.
 */
export async function giveBackUnheard(db: Database, owner: string, entryIds: readonly string[]): Promise<number> {
  return (await repeatIfLost(() => giveBack(db.pool, [owner, entryIds]))).length
}

const giveBack = statement<{ entry_id: string }>(
  'give_back_unheard',
  `
  update readback.delivery d
  set ${UNUSED_CLAIM},
      due_at          = now(),
      reason          = 'call_again'
  from unnest($2::uuid[]) as unheard (entry_id)
  cross join lateral (select p.ctid as place from readback.delivery p where p.entry_id = unheard.entry_id limit 1) held
  -- As plain conditions they could become a join of all that is under way with all of the batch.
  where d.ctid = held.place and (d.lease_owner = $1::uuid and d.state = 'calling') is true
  returning d.entry_id
  `,
)
