import type { Contract, ContractBook } from '@readback/contract'
import type { Dispatch } from '@readback/dispatch'
import type { CallResult, LookResult, PrepareResult } from '@readback/effects'
import type { Deadlines, Reached, Session } from '@readback/service-kit'
import type { ClaimedCall, Database } from '@readback/store'
import type { WorkerObservation } from './observation.ts'

export type WorkerDeps = {
  db: Database
  dispatch: Dispatch
  contracts: ContractBook
  /** Calls the provider once; its first byte leaves by `notAfterMs` (monotonic) or never. Never rejects but by a defect. */
  call: (
    job: { contract: Contract; claimed: ClaimedCall; notAfterMs: number },
    signal: AbortSignal,
  ) => Promise<CallResult>
  /** Makes the requests that a contract wants before its call; never rejects but by a defect. Not asked where it wants none. */
  prepare: (
    job: { contract: Contract; claimed: ClaimedCall; notAfterMs: number },
    signal: AbortSignal,
  ) => Promise<PrepareResult>
  /** Reads back what was just accepted; never rejects but by a defect. */
  look: (
    job: { contract: Contract; claimed: ClaimedCall; result: CallResult },
    signal: AbortSignal,
  ) => Promise<LookResult>
  session: Session
  monotonicMs: () => number
  deadlines: Deadlines
  /** In [0, 1). */
  random: () => number
  observe: (observation: WorkerObservation) => void
  reached: Reached
}

export type WorkerOptions = {
  source: string
  leaseMs: number
  /** Calls under way at a time. */
  slots: number
  /** Between two writes of what calls proved, unless a batch is full; 25 if not given. */
  flushEveryMs?: number
}
