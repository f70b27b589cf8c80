import type { Contract } from '@readback/contract'
import type { CallResult, LookResult } from '@readback/effects'
import type { Step } from '@readback/lifecycle'
import type { ClaimedCall } from '@readback/store'

/** When a call may start, and when its turn is over; monotonic. */
export type Turn = { startsMs: number; endsMs: number }

/** One claimed entry on its way to its call. */
export type Job = {
  claimed: ClaimedCall
  contract: Contract
  /** The session it is claimed under; it is worth nothing under another. */
  owner: string
  /** Monotonic; from then on somebody else may have it. */
  leaseEndsMs: number
  turn: Turn
  /** It has a slot of its tenant's limit of calls, for which others may wait. */
  hasSlot: boolean
  /** Monotonic; from then on the call is not worth anything, and its first byte must not leave. */
  expiresMs: number
}

/** A job after its call, with where the entry goes next. */
export type Delivered = {
  job: Job
  result: CallResult
  step: Step
  durationMs: number
  /** The worker's own look, if it saw the effect: then the step is `done`. */
  look: { result: LookResult; durationMs: number } | null
  /** Whether that look saw something that is not done yet: should it be gone later, somebody has removed it. */
  seen: boolean
}
