import { sql } from 'kysely'
import type { Database } from '../connect/database.ts'
import { cancel } from './cancel-entry.ts'
import { type CompensationFact, type CompensationTarget, compensationFacts } from './compensation-facts.ts'
import { type Change, type Operation, type OperatorAnswer, type OperatorCommand, operate } from './operate.ts'

/** One entry to undo, and by what. */
export type CompensationOrder = {
  entryId: string
  effect: string
  key: string
  /** JSON text; kept as it is written. */
  payload: string
  /** The entry whose compensation must be done first. */
  waitsFor: string | null
}

export type CompensationRequest = OperatorCommand & {
  target: CompensationTarget
  /** As planned: what has changed since is not undone by a decision of before. */
  planHash: string
  /** In the order in which they are enqueued: what is waited for comes before what waits. */
  undo: readonly CompensationOrder[]
  cancel: readonly string[]
}

export type Compensated = {
  undone: { entry_id: string; compensated_by: string; effect_name: string; key: string }[]
  cancelled: string[]
}

/**
 * Enqueues what undoes entries, and cancels those that have not happened, in one transaction with the audit row.
 *
 * Refused: `plan_stale` (they have moved since they were planned), `too_many`, `idempotency_key_reused`. Rejects with the codes of
 * `readback.enqueue`.
 */
export function compensate(db: Database, request: CompensationRequest): Promise<OperatorAnswer<Compensated>> {
  return operate(db, 'compensate', { ...request, filter: request.target }, async (trx) => {
    const facts = await compensationFacts(trx, request.target)
    if (facts === 'too_many') return { refused: facts }
    if (facts.plan_hash !== request.planHash) return { refused: 'plan_stale' }
    if (!(await cancelAll(trx, request.cancel))) return { refused: 'plan_stale' }
    return changed(request, await enqueueAll(trx, request, facts.entries))
  })
}

/** False where one of them was claimed in the meantime: the transaction is then taken back. */
async function cancelAll(trx: Operation, entryIds: readonly string[]): Promise<boolean> {
  for (const entryId of entryIds) {
    if ('refused' in (await cancel(trx, entryId))) return false
  }
  return true
}

type Enqueued = { undone: Compensated['undone'][number]; isNew: boolean }
type Name = { effect: string; key: string }

async function enqueueAll(
  trx: Operation,
  { undo, actor }: CompensationRequest,
  entries: readonly CompensationFact[],
): Promise<Enqueued[]> {
  const names = new Map<string, Name>()
  for (const { entry_id, compensation } of entries) {
    if (compensation) names.set(entry_id, { effect: compensation.effect_name, key: compensation.key })
  }
  const enqueued: Enqueued[] = []
  for (const order of undo) {
    enqueued.push(await enqueue(trx, order, actor, order.waitsFor === null ? undefined : names.get(order.waitsFor)))
    names.set(order.entryId, { effect: order.effect, key: order.key })
  }
  return enqueued
}

async function enqueue(
  trx: Operation,
  { entryId, effect, key, payload }: CompensationOrder,
  actor: string,
  first: Name | undefined,
): Promise<Enqueued> {
  const { rows } = await sql<{ entry_id: string; effect: string }>`
    select entry_id, effect
    from readback.enqueue_compensation(compensates => ${entryId}::uuid, effect => ${effect}, key => ${key}, payload => ${payload}::json,
      after => ${first ? JSON.stringify([first]) : null}::json, actor => ${actor})`.execute(trx)
  const [row] = rows
  if (!row) throw new Error('readback.enqueue_compensation answers with one row')
  const undone = { entry_id: entryId, compensated_by: row.entry_id, effect_name: effect, key }
  return { undone, isNew: row.effect === 'created' }
}

/** The audit names both ends of each compensation, so that the timelines of both tell who and why. */
function changed({ cancel: cancelled }: CompensationRequest, enqueued: readonly Enqueued[]): Change<Compensated> {
  const undone = enqueued.map((each) => each.undone)
  const isNoop = cancelled.length === 0 && enqueued.every(({ isNew }) => !isNew)
  const touched = undone.flatMap(({ entry_id, compensated_by }) => [entry_id, compensated_by])
  const data = { undone, cancelled: [...cancelled] }
  const before = { happened: undone.length, not_called: cancelled.length }
  return { entryIds: isNoop ? [] : [...touched, ...cancelled], before, data }
}
