import type { WaitReason } from './state.ts'

/** What a person must act on; stable codes, grouped by in the list of dead letters. A contract may add its own. */
export type Cause = string

/** Where an entry goes next. Times are relative: the database's clock makes them absolute. */
export type Step =
  | { to: 'scheduled'; dueInMs: number; reason: WaitReason }
  | { to: 'verifying'; dueInMs: number }
  | { to: 'unknown'; dueInMs: number }
  | { to: 'dead'; cause: Cause }
  | { to: 'done' }
  | { to: 'acknowledged' }

export const dead = (cause: Cause): Step => ({ to: 'dead', cause })
