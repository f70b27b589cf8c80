import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import type { DeadFilter } from './dead-filter.ts'
import { lockDead } from './lock-dead.ts'
import { type Operation, type OperatorAnswer, type OperatorCommand, operate } from './operate.ts'
import { type ReplayPlan, readPlan, replayActions } from './plan-replay.ts'

export type ReplayRequest = OperatorCommand & {
  filter: DeadFilter
  /** As planned. Without one, whatever matches now is replayed. */
  planHash?: string
}

/**
 * Gives dead letters another chance: a fresh budget of attempts and time, under the same key. What may have landed is
 * read back first, and called only if it is not there.
 *
 * Refused: `plan_stale` (the set has changed since it was planned; `data` is the new plan), `too_many`,
 * `idempotency_key_reused`.
 */
export function runReplay(db: Database, request: ReplayRequest): Promise<OperatorAnswer<ReplayPlan>> {
  return operate(db, 'replay', request, async (trx) => {
    const locked = await lockDead(trx, request.filter)
    if (locked === 'too_many') return { refused: locked }
    const plan = await readPlan(trx, { entryIds: locked })
    if (request.planHash !== undefined && request.planHash !== plan.plan_hash)
      return { refused: 'plan_stale', data: plan }
    return { entryIds: await revive(trx, locked), before: { dead: plan.total }, data: plan }
  })
}

async function revive(trx: Operation, entryIds: string[]): Promise<string[]> {
  const { rows } = await sql<{ entry_id: string }>`
    with planned as materialized (${replayActions({ entryIds })})
    update readback.delivery d
    set state         = case action when 'look' then 'unknown' else 'scheduled' end,
        fence         = d.fence + 1,
        attempts      = 0,
        looks         = 0,
        absences      = 0,
        misses        = 0,
        due_at        = now(),
        reason        = case action when 'send' then 'replay' end,
        cause         = null,
        last_outcome  = case action when 'look' then 'side_effect_unknown' else d.last_outcome end,
        -- Who replays what was removed wants it there again; otherwise what was seen and is gone stays with a person.
        seen_present  = d.seen_present and d.cause is distinct from 'removed',
        -- A key that was taken may be free by now, or the look would not be asked for.
        last_means    = null,
        -- What was never called is prepared anew: a link of long ago leads nowhere.
        prepared      = case action when 'look' then d.prepared end,
        unknown_since = case action when 'look' then now() end,
        retry_from    = now(),
        updated_at    = clock_timestamp()
    from planned
    where d.entry_id = planned.entry_id and d.fence = planned.fence and action <> 'needs_person'
    returning d.entry_id`.execute(trx)
  return rows.map((row) => row.entry_id)
}
