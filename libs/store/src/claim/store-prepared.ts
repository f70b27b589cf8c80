import type { Database } from '../connect/database.ts'
import { repeatIfLost } from '../connect/repeat-if-lost.ts'
import { statement } from '../connect/statement.ts'

export type Prepared = {
  /** The process that has claimed the entry. */
  owner: string
  entryId: string
  fence: number
  /** A JSON object by name. */
  values: string
}

/**
 * Keeps what was prepared for a call, before its first byte leaves. False when the lease is lost: then nothing was changed, and
 * the call must not be made. What is kept already stays: an attempt may have sent it.
 */
export async function storePrepared(db: Database, { owner, entryId, fence, values }: Prepared): Promise<boolean> {
  const rows = await repeatIfLost(() => store(db.pool, [owner, entryId, fence, values]))
  return rows.length > 0
}

const store = statement<{ entry_id: string }>(
  'store_prepared',
  `
  update readback.delivery d
  set prepared = $4::json
  where d.entry_id = $2::uuid and d.fence = $3 and d.lease_owner = $1::uuid
    and d.state is not distinct from 'calling'
    -- A repeat of this write, whose first answer was lost, finds its own values.
    and (d.prepared is null or d.prepared::text = $4)
  returning d.entry_id
  `,
)
