/** The provider's state, and the bookkeeping that every request goes through. */
import type { Tokens } from './auth.ts'
import type { CallBackTo, CalledBack } from './call-back.ts'
import { Effects } from './effects.ts'
import type { DetailedFault } from './fault.ts'
import { checkPlan, type Direction, type FaultPlan, faultFor } from './fault-plan.ts'
import { FAULT_PLANS, type FaultPlanName, isFaultPlanName } from './fault-plans.ts'
import { KeyMemory } from './key-memory.ts'
import type { LedgerEntry } from './ledger.ts'
import type { Clock, LossyProviderOptions } from './options.ts'

export interface Call {
  method: string
  path: string
  collection: string | null
  key: string | null
  fingerprint: string | null
}

const CLOCK_OF_THE_MACHINE: Clock = {
  now: () => Date.now(),
  later(delayMs, act) {
    const timer = setTimeout(act, delayMs)
    return () => clearTimeout(timer)
  },
}

export class World {
  readonly options: LossyProviderOptions
  readonly effects = new Effects()
  readonly keys = new KeyMemory()
  readonly tokens: Tokens = new Map()
  /** Of two-step writes. */
  readonly links = new Set<string>()
  ledger: LedgerEntry[] = []
  callBackTo: CallBackTo | null = null
  calledBack: CalledBack[] = []
  #plan: FaultPlan
  readonly #counts = { writes: new Map<string, number>(), looks: new Map<string, number>() }
  readonly #future = new Set<() => void>()
  readonly #clock: Clock

  constructor(options: LossyProviderOptions) {
    this.options = options
    this.#clock = options.clock ?? CLOCK_OF_THE_MACHINE
    this.#plan = planOf(options.plan ?? 'clean')
  }

  /** Enters the request into the ledger, before anything else is known about it but the fault that it meets. */
  enter(direction: Direction, call: Call): { entry: LedgerEntry; fault: DetailedFault } {
    const counts = this.#counts[direction]
    const nth = (counts.get(call.key ?? '') ?? 0) + 1
    counts.set(call.key ?? '', nth)
    const fault = faultFor(this.#plan, direction, call.key ?? '', nth)
    const entry: LedgerEntry = {
      seq: this.ledger.length + 1,
      atMs: this.now(),
      direction,
      ...call,
      nth,
      fault: fault.name,
      applied: 0,
      replied: false,
      status: null,
    }
    this.ledger.push(entry)
    return { entry, fault }
  }

  now(): number {
    return this.#clock.now()
  }

  /** Does it later, unless the provider stops or forgets everything before. */
  later(delayMs: number, act: () => void): void {
    const forget = this.#clock.later(delayMs, () => {
      this.#future.delete(forget)
      act()
    })
    this.#future.add(forget)
  }

  /** From the next request on; the count of requests for each key goes on. */
  plan(plan: FaultPlan | FaultPlanName): void {
    this.#plan = planOf(plan)
  }

  /** Forgets everything but the plan, and where it calls back. */
  reset(): void {
    this.forgetTheFuture()
    this.ledger = []
    this.calledBack = []
    this.effects.clear()
    this.keys.clear()
    this.tokens.clear()
    this.links.clear()
    this.#counts.writes.clear()
    this.#counts.looks.clear()
  }

  forgetTheFuture(): void {
    for (const forget of this.#future) forget()
    this.#future.clear()
  }
}

function planOf(plan: FaultPlan | FaultPlanName): FaultPlan {
  if (typeof plan !== 'string') return checkPlan(plan)
  if (!isFaultPlanName(plan)) throw new Error(`There is no fault plan "${String(plan)}".`)
  return FAULT_PLANS[plan].plan
}
