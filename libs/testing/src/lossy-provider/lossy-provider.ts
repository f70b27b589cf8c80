import type { CallBackTo, CalledBack } from './call-back.ts'
import type { Effect } from './effects.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { FaultPlanName } from './fault-plans.ts'
import type { LedgerEntry } from './ledger.ts'

/** A provider that runs, in this process or in one of its own. */
export interface LossyProvider {
  /** Without a slash at its end: effects are posted to `${url}/v1/<collection>`. */
  url: string
  /** `smtp://host:port`, if it is a mail server as well; what it takes are effects in `mails`. */
  mailUrl: string | null
  /** Every request there was, in order. */
  ledger(): Promise<LedgerEntry[]>
  /** What really exists now. */
  effects(collection?: string): Promise<Effect[]>
  /** The requests for one key, writes and looks. */
  calls(key: string): Promise<LedgerEntry[]>
  /** What goes wrong from the next request on. */
  plan(plan: FaultPlan | FaultPlanName): Promise<void>
  /** From the next write on: where it calls back after each one that it calls done, whether or not it is. Null: nowhere. */
  callBack(to: CallBackTo | null): Promise<void>
  /** The callbacks that were answered, or failed, so far. */
  calledBack(): Promise<CalledBack[]>
  /** Forgets ledger, effects, keys and callbacks; the plan stays, and starts from its first request. */
  reset(): Promise<void>
  stop(): Promise<void>
}
