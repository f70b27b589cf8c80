import type { Dispatch, EntryRef, Topic } from './dispatch.ts'

/** The row names of what a reference is made of. */
export type RefRow = {
  entry_id: string
  tenant: string
  effect: string
  key: string
  ordering_key: string
  traceparent: string | null
  priority?: number
}

export const refOf = (row: RefRow, source: string): EntryRef => ({
  source,
  entryId: row.entry_id,
  tenant: row.tenant,
  effect: row.effect,
  key: row.key,
  orderingKey: row.ordering_key,
  traceparent: row.traceparent,
  ...(row.priority && { priority: row.priority }),
})

const UNDER_WAY_MAX = 5_000

/**
 * From one role straight to the next, not by way of the relay. Nobody waits for it: two roles that wait for room in each
 * other's queue would wait for ever. What does not arrive, or finds no room, the relay takes up as due.
 */
export function createHandOn(
  dispatch: Pick<Dispatch, 'publish'>,
  topic: Topic,
  observe: (failed: { type: 'publish_failed'; topic: Topic; count: number; error: unknown }) => void,
): (refs: readonly EntryRef[]) => void {
  let underWay = 0
  return (refs) => {
    if (refs.length === 0 || underWay > UNDER_WAY_MAX) return
    underWay += refs.length
    dispatch
      .publish(topic, refs)
      .catch((error: unknown) => observe({ type: 'publish_failed', topic, count: refs.length, error }))
      .finally(() => {
        underWay -= refs.length
      })
  }
}
