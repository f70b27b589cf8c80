import type { Behaviour } from './behaviour.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { FaultPlanName } from './fault-plans.ts'

export interface Clock {
  now(): number
  /** Does it after so long, unless what it returns is called before. */
  later(delayMs: number, act: () => void): () => void
}

/** The behaviour beside them is that of every collection that has none of its own. */
export interface LossyProviderOptions extends Behaviour {
  /** By the name of the collection; replaces the behaviour of the others as a whole. */
  collections?: Record<string, Behaviour>
  /** What goes wrong: a plan or the name of one. Default `clean`. */
  plan?: FaultPlan | FaultPlanName
  /** Before every answer. Default 0. */
  latencyMs?: number
  /** If set, requests without it as their bearer token get 401. */
  bearerToken?: string
  /** Takes mails by SMTP too, on a port of its own. Default: no. */
  mail?: boolean
  /** Where its time comes from; a test may let it pass at once. Default: that of the machine. */
  clock?: Clock
  host?: string
  port?: number
}

export const behaviourOf = (options: LossyProviderOptions, collection: string | null): Behaviour =>
  (collection !== null && options.collections?.[collection]) || options
