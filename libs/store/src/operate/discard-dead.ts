import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import { LET_FOLLOWERS_GO } from '../record/let-followers-go.ts'
import type { DeadFilter } from './dead-filter.ts'
import { lockDead } from './lock-dead.ts'
import { type Operation, type OperatorAnswer, type OperatorCommand, operate } from './operate.ts'

/** Gives dead letters up for good; their keys stay taken. Refused: `too_many`, `idempotency_key_reused`. */
export function discardDead(
  db: Database,
  request: OperatorCommand & { filter: DeadFilter },
): Promise<OperatorAnswer<{ discarded: number }>> {
  return operate(db, 'discard', request, async (trx) => {
    const locked = await lockDead(trx, request.filter)
    if (locked === 'too_many') return { refused: locked }
    await discard(trx, locked)
    return { entryIds: locked, before: { dead: locked.length }, data: { discarded: locked.length } }
  })
}

async function discard(trx: Operation, entryIds: string[]): Promise<void> {
  await sql`
    with gone as (
      delete from readback.delivery d
      where d.entry_id = any (${entryIds}::uuid[]) and d.state = 'dead'
      returning d.*
    ),
    ${sql.raw(LET_FOLLOWERS_GO)}
    insert into readback.settlement (entry_id, tenant, effect, state, external_id, contract_version, attempts, fence, cause, committed_at)
    select entry_id, gone.tenant, gone.effect, 'discarded', external_id, o.effect_version, attempts, fence + 1, cause, o.created_at
    from gone
    join readback.outbox o using (entry_id)`.execute(trx)
}
