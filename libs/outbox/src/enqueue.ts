import { type Effect, type KeyedEffect, namedPayload } from './define-effect.ts'
import { outboxErrorOf } from './outbox-error.ts'
import { type Connection, refuseOutside, runnerOf } from './sql-runner.ts'

export type Intent<Input> = {
  tenant: string
  payload: Input
  /**
   * Intents with the same one are captured in the order of their commits, and called one after another where the contract says
   * `ordering: per_key`. Default: the key.
   */
  orderingKey?: string
  /** Groups intents that belong together. */
  workflow?: string
  /** Who asks; shown in the timeline. */
  actor?: string
  /** Not called before. */
  notBefore?: Date
  /** Not called any more from then on: it ends `expired`. */
  expiresAt?: Date
  /** 0 to 9; of what waits for a worker, a higher one goes first. Default: 0. */
  priority?: number
  /** Entries that must be done before this one is called; of the same tenant, unless they name another. */
  after?: readonly EntryName[]
  /** W3C trace context of the request that asks. */
  traceparent?: string
}

export type EntryName = { tenant?: string; effect: string; key: string }

/** Only a key of its own, or an effect that derives one, names an intent. */
export type NamedIntent<Input> = Intent<Input> & { key: string }
export type DerivedIntent<Input> = Intent<Input> & { key?: string }

export type Enqueued = {
  entryId: string
  /** `noop`: this intent was there before, with the same payload. */
  effect: 'created' | 'noop'
  /** Of the entry, at this moment. */
  state: string
}

/**
 * Commits an intent with the caller's own rows: in the transaction given, so that both are there or neither.
 *
 * In Postgres, an error ends the transaction; who wants to go on after a refusal sets a savepoint before.
 *
 * @throws KeyConflictError if the key is taken by another payload; PayloadError, OutboxError
 */
export async function enqueue<Input, Output>(
  tx: Connection,
  effect: KeyedEffect<Input, Output>,
  intent: DerivedIntent<NoInfer<Input>>,
): Promise<Enqueued>
export async function enqueue<Input, Output>(
  tx: Connection,
  effect: Effect<Input, Output>,
  intent: NamedIntent<NoInfer<Input>>,
): Promise<Enqueued>
export async function enqueue<Input, Output>(
  tx: Connection,
  effect: Effect<Input, Output>,
  intent: DerivedIntent<Input>,
): Promise<Enqueued> {
  refuseOutside(tx)
  const { payload, key } = namedPayload(effect, intent)
  const rows = await runnerOf(tx)(ENQUEUE, [
    intent.tenant,
    effect.name,
    key,
    payload,
    intent.orderingKey ?? null,
    intent.workflow ?? null,
    intent.actor ?? null,
    intent.notBefore?.toISOString() ?? null,
    intent.traceparent ?? null,
    intent.expiresAt?.toISOString() ?? null,
    intent.priority ?? 0,
    intent.after ? JSON.stringify(intent.after) : null,
  ]).catch(refuse)
  return enqueuedOf(rows[0])
}

// Names without an underscore, because a plug-in of the caller's may rewrite those.
const ENQUEUE = `
  select entry_id::text as id, effect, state
  from readback.enqueue(tenant => $1, effect => $2, key => $3, payload => $4::json, ordering_key => $5, workflow => $6,
                        actor => $7, not_before => $8::timestamptz, traceparent => $9, expires_at => $10::timestamptz,
                        priority => $11::int, after => $12::json)`

export function refuse(error: unknown): never {
  throw outboxErrorOf(error)
}

export function enqueuedOf(row: unknown): Enqueued {
  const { id, effect, state } = row as { id: string; effect: Enqueued['effect']; state: string }
  return { entryId: id, effect, state }
}
