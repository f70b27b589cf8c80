import { byPriority, type Dispatch, refOf, type Topic } from '@readback/dispatch'
import type { EntryRefRow } from '@readback/store'

export type Publish = (topic: Topic, rows: readonly EntryRefRow[]) => Promise<void>

export function publisher(dispatch: Dispatch, source: string): Publish {
  return async (topic, rows) => {
    if (rows.length === 0) return
    await dispatch.publish(
      topic,
      // Behind what is urgent in the same page; further than that a topic keeps its order.
      byPriority(rows).map((row) => refOf(row, source)),
    )
  }
}
