import type { Metrics } from './metrics.ts'
import type { Observation } from './observation.ts'

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'

export type OfType<T extends Observation['type']> = Extract<Observation, { type: T }>

/** What becomes of one kind of observation. */
export type Kind<O> = {
  level: Level | ((observation: O) => Level)
  message: string
  /** Only these are logged: what somebody adds to an observation later is not, until it is named here. */
  fields: readonly Exclude<keyof O, 'type'>[]
  measure?: (metrics: Metrics, observation: O) => void
}
