import type { Contract, ContractBook } from '@readback/contract'
import type { Dispatch } from '@readback/dispatch'
import type { LookResult } from '@readback/effects'
import type { Deadlines, Reached, Session } from '@readback/service-kit'
import type { ClaimedLook, Database } from '@readback/store'
import type { VerifierObservation } from './observation.ts'

export type VerifierDeps = {
  db: Database
  dispatch: Dispatch
  contracts: ContractBook
  /** Reads the effect back once; never rejects but by a defect. */
  look: (job: { contract: Contract; claimed: ClaimedLook }, signal: AbortSignal) => Promise<LookResult>
  session: Session
  monotonicMs: () => number
  deadlines: Deadlines
  observe: (observation: VerifierObservation) => void
  reached: Reached
}

export type VerifierOptions = {
  source: string
  leaseMs: number
  /** Looks under way at a time. */
  slots: number
  /** Between two writes of what looks saw, unless a batch is full; 25 if not given. */
  flushEveryMs?: number
}
