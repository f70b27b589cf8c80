import { sql } from 'kysely'
import { type DeadFilter, matchesDead } from './dead-filter.ts'
import type { Operation } from './operate.ts'

// One transaction and one audit row hold them all.
const ENTRIES_MAX = 100_000

/** The ids of the dead letters that match, locked until the operation ends. */
export async function lockDead(trx: Operation, filter: DeadFilter): Promise<string[] | 'too_many'> {
  const { rows } = await sql<{ entry_id: string }>`
    select d.entry_id
    from readback.delivery d
    join readback.outbox o using (entry_id)
    where ${matchesDead(filter)}
    order by d.entry_id
    limit ${ENTRIES_MAX + 1}
    for update of d`.execute(trx)
  return rows.length > ENTRIES_MAX ? 'too_many' : rows.map((row) => row.entry_id)
}
