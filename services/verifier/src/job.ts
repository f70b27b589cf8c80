import type { LookResult } from '@readback/effects'
import type { Step } from '@readback/lifecycle'
import type { ClaimedLook } from '@readback/store'

/** One entry that is to be read back, and the session it is claimed under. */
export type LookJob = { claimed: ClaimedLook; owner: string }

export type Looked = { job: LookJob; result: LookResult; step: Step; durationMs: number }
