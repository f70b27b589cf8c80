import type { LookResult } from '@readback/effects'
import type { Step } from '@readback/lifecycle'
import type { ClaimedLook } from '@readback/store'

/** One entry that is to be read back, and the session it is claimed under. */
export type LookJob = {
  claimed: ClaimedLook
  owner: string
  /** Monotonic; by then the look must have ended and be written down, or it is repeated as if it had never been. */
  leaseEndsMs: number
}

export type Looked = { job: LookJob; result: LookResult; step: Step; durationMs: number }
