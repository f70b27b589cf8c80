import { type Effect, type KeyedEffect, namedPayload } from './define-effect.ts'
import { type DerivedIntent, type Enqueued, enqueuedOf, type NamedIntent, refuse } from './enqueue.ts'
import { type Connection, refuseOutside, runnerOf } from './sql-runner.ts'

/**
 * Commits many intents of one effect in one statement; the answers are in the order of the intents. Batches that overlap
 * take their keys in one order, so they wait for each other and never deadlock. One refusal refuses all. `after` may name intents of
 * the same batch, whatever their places.
 */
export async function enqueueMany<Input, Output>(
  tx: Connection,
  effect: KeyedEffect<Input, Output>,
  intents: readonly DerivedIntent<NoInfer<Input>>[],
): Promise<Enqueued[]>
export async function enqueueMany<Input, Output>(
  tx: Connection,
  effect: Effect<Input, Output>,
  intents: readonly NamedIntent<NoInfer<Input>>[],
): Promise<Enqueued[]>
export async function enqueueMany<Input, Output>(
  tx: Connection,
  effect: Effect<Input, Output>,
  intents: readonly DerivedIntent<Input>[],
): Promise<Enqueued[]> {
  refuseOutside(tx)
  const entries = `[${intents.map((intent) => entryText(effect, intent)).join(',')}]`
  const rows = await runnerOf(tx)(ENQUEUE_BATCH, [entries]).catch(refuse)
  return rows.map(enqueuedOf)
}

const ENQUEUE_BATCH = `
  select entry_id::text as id, effect, state from readback.enqueue_batch($1::json) order by entry_no`

/** The payload goes in as the text that it is, not through another round of serialising. */
function entryText<Input, Output>(effect: Effect<Input, Output>, intent: DerivedIntent<Input>): string {
  const { payload, key } = namedPayload(effect, intent)
  const names = JSON.stringify({
    tenant: intent.tenant,
    effect: effect.name,
    key,
    ordering_key: intent.orderingKey,
    workflow: intent.workflow,
    actor: intent.actor,
    not_before: intent.notBefore?.toISOString(),
    traceparent: intent.traceparent,
    expires_at: intent.expiresAt?.toISOString(),
    priority: intent.priority,
    after: intent.after,
  })
  return `${names.slice(0, -1)},"payload":${payload}}`
}
