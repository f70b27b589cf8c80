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

/**
 * Its time is over, or will be before it could be called: it waits for its end, and the relay settles it as `expired`. Only what has
 * provably done nothing may end so.
 */
export const expiring = (expiresInMs: number): Step => ({
  to: 'scheduled',
  dueInMs: Math.max(0, expiresInMs),
  reason: 'expiring',
})

export const dead = (cause: Cause): Step => ({ to: 'dead', cause })
