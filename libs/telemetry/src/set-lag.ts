import type { Metrics } from './metrics.ts'

/** What the database says of the backlog, as read every few seconds. */
export type Lag = {
  /** One row a stage and effect that has anything waiting. */
  oldest: readonly { stage: string; effect: string; ageMs: number }[]
  unknown: number
  dead: number
  unaccounted: number
  cursorLagMs: number
  /** null: nothing is unsettled. */
  keyHeadroomMs: number | null
}

export function setLag(metrics: Metrics, lag: Lag): void {
  metrics.oldestUnsettled.reset()
  for (const { stage, effect, ageMs } of lag.oldest) metrics.oldestUnsettled.set({ stage, effect }, ageMs / 1_000)
  metrics.unknown.set(lag.unknown)
  metrics.dead.set(lag.dead)
  metrics.unaccounted.set(lag.unaccounted)
  if (lag.keyHeadroomMs === null) metrics.keyHeadroom.remove()
  else metrics.keyHeadroom.set(lag.keyHeadroomMs / 1_000)
  metrics.cursorLag.set(lag.cursorLagMs / 1_000)
}
