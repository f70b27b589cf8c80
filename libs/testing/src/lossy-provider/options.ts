import type { FaultPlan } from './fault-plan.ts'
import type { FaultPlanName } from './fault-plans.ts'

/**
 * keyed: the same key and body get the first answer again, and nothing happens twice.
 * readable: keys mean nothing on a write, but what exists can be listed and searched by key.
 * opaque: every write acts, and nothing can be read.
 */
export type ProviderKind = 'keyed' | 'readable' | 'opaque'

/** What a key that is known already does: the first two for keyed providers, the others for readable ones. */
export type OnRepeat = 'same_answer' | 'refused' | 'acts_again' | 'overwrites'

export interface LossyProviderOptions {
  /** Default `keyed`. */
  kind?: ProviderKind
  /** Default `same_answer` for keyed, `acts_again` for the others. */
  repeat?: OnRepeat
  /** What goes wrong: a plan or the name of one. Default `clean`. */
  plan?: FaultPlan | FaultPlanName
  /** A keyed provider's answer to a known key with another body. Default 422. */
  otherBodyStatus?: 400 | 409 | 422
  /** After this long a keyed provider has forgotten a key, and acts again. Default: never. */
  keyLifetimeMs?: number
  /** Where a write carries its key: this header, or else this field (a JSON pointer) of the body. */
  keyHeader?: string
  keyField?: string
  /** Whether a search by key finds longer keys too. Default `exact`. */
  search?: 'exact' | 'prefix'
  /** Before every answer. Default 0. */
  latencyMs?: number
  /** If set, requests without it as their bearer token get 401. */
  bearerToken?: string
  host?: string
  port?: number
}
