import type { State } from './state.ts'

/** What the contract says of undoing (`rollback`). */
export type RollbackRule =
  | { readonly strategy: 'none' | 'manual_only' }
  /** `needsReceipt`: what is to be undone is named by something that only a read-back knows. */
  | { readonly strategy: 'compensate'; readonly needsReceipt: boolean }

export type CompensationFacts = {
  state: State
  cause: string | null
  /** A call may have left. */
  called: boolean
  rollback: RollbackRule
  /** Where the entry is that undoes this one; null where there is none. */
  undo: State | null
}

/**
 * What becomes of an entry that is to be undone:
 *   undo        the effect of its contract is enqueued
 *   nothing     it never happened, or it has its compensation
 *   cancel      it has not happened yet, and need not
 *   wait        it may be happening at this moment
 *   by_hand     a person has to undo it, or to find out first
 *   impossible  nobody can
 */
export type Compensation =
  | { readonly action: 'undo' | 'cancel'; readonly why: null }
  | { readonly action: 'nothing'; readonly why: 'already_compensated' | 'never_happened' }
  | { readonly action: 'wait'; readonly why: 'under_way' }
  | { readonly action: 'by_hand'; readonly why: ByHand }
  | { readonly action: 'impossible'; readonly why: 'rollback_none' }

export type ByHand =
  | 'rollback_manual_only'
  | 'receipt_missing'
  | 'duplicate_at_provider'
  | 'outcome_unclear'
  | 'compensation_ended'
  /** By contract there is one, and it cannot be written: decided where contracts and receipts are at hand. */
  | 'compensation_unmakeable'

const undoing = { action: 'undo', why: null } as const
const unneeded = (why: 'already_compensated' | 'never_happened') => ({ action: 'nothing', why }) as const
const byHand = (why: ByHand) => ({ action: 'by_hand', why }) as const

/** The table of requirement P4: what undoing means for an entry in each state. */
export function decideCompensation(facts: CompensationFacts): Compensation {
  if (facts.undo !== null) return isGivenUp(facts.undo) ? byHand('compensation_ended') : unneeded('already_compensated')
  switch (facts.state) {
    case 'done':
    case 'acknowledged':
      return byContract(facts)
    case 'pending':
    case 'scheduled':
    case 'held':
      return { action: 'cancel', why: null }
    case 'calling':
    case 'unknown':
    case 'verifying':
      return { action: 'wait', why: 'under_way' }
    case 'cancelled':
    case 'expired':
      return unneeded('never_happened')
    case 'dead':
    case 'discarded':
      return ofUnclear(facts)
  }
}

/** Its key stays taken, so it can never be tried again. */
const isGivenUp = (undo: State): boolean => undo === 'cancelled' || undo === 'expired' || undo === 'discarded'

function byContract({ state, rollback }: CompensationFacts): Compensation {
  if (rollback.strategy === 'none') return { action: 'impossible', why: 'rollback_none' }
  if (rollback.strategy !== 'compensate') return byHand('rollback_manual_only')
  return state === 'acknowledged' && rollback.needsReceipt ? byHand('receipt_missing') : undoing
}

/** Undoing what may not be there is an effect of its own: a person looks first, by a replay. */
function ofUnclear({ cause, called }: CompensationFacts): Compensation {
  if (!called) return unneeded('never_happened')
  return byHand(cause === 'duplicate_at_provider' ? 'duplicate_at_provider' : 'outcome_unclear')
}

/** One entry of a workflow, in the order in which they were committed. */
export type WorkflowMember = {
  readonly id: string
  readonly decision: Compensation
  /** It undoes another entry: it is a part of the answer, not of the question. */
  readonly isCompensation: boolean
}

export type CompensationTurn = {
  readonly id: string
  readonly decision: Compensation
  /** The entry whose compensation must be done before that of this one is called. */
  readonly waitsFor: string | null
}

/**
 * Undoes a workflow from its end to its beginning: each compensation waits for the one before it, those of an earlier run included.
 * What a person has to do, or what never happened, is not waited for.
 */
export function planWorkflow(members: readonly WorkflowMember[]): readonly CompensationTurn[] {
  const turns: CompensationTurn[] = []
  let before: string | null = null
  for (const { id, decision, isCompensation } of members.toReversed()) {
    if (isCompensation) continue
    turns.push({ id, decision, waitsFor: decision.action === 'undo' ? before : null })
    if (decision.action === 'undo' || decision.why === 'already_compensated') before = id
  }
  return turns
}
