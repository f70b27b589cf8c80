import type { Compensation, State } from '@readback/lifecycle'

export type Reason = NonNullable<Compensation['why']>

export type Of = {
  state: State
  external_id: string | null
  compensation: { entry_id: string; state: State } | null
  undo: { effect_name: string; waits_for: string | null } | null
  /** Somebody can look whether the compensation has happened. */
  seen: boolean
  detail: string | null
}

/** What becomes of an entry and, where that is nothing, why, and what to do: the rest of a sentence that begins with its name. */
export function sentenceOf({ action, why }: Compensation, of: Of): string {
  if (why !== null) return REASONS[why](of)
  return action === 'cancel' ? 'was not called yet, and need not be: it can be cancelled' : undoing(of)
}

function undoing({ state, undo, seen }: Of): string {
  const order = undo?.waits_for == null ? '' : ', once what came after it is undone'
  const unseen = state === 'acknowledged' ? '; it was never read back, and is undone by what was sent' : ''
  const held = seen ? '' : '; nobody can see that happen, so what waits for it is held until a person releases it'
  return `is undone by ${undo?.effect_name}${order}${unseen}${held}`
}

const REASONS: Readonly<Record<Reason, (of: Of) => string>> = {
  already_compensated: ({ compensation }) =>
    `has its compensation: entry ${compensation?.entry_id}, which is ${compensation?.state}`,
  never_happened: () => 'never happened: there is nothing to undo',
  under_way: () => 'may be happening at this moment: wait until it has ended, and compensate it then',
  rollback_none: () => 'cannot be undone, says its contract: what is to be done about it is done outside',
  rollback_manual_only: (of) => `is undone by a person, says its contract: undo it${idOf(of)} at the provider`,
  receipt_missing: () =>
    'was never read back, and its compensation is made from the receipt: look at the provider, and undo it there',
  duplicate_at_provider: (of) =>
    `is there more than once: undo the surplus at the provider${idOf(of)}, and replay it; once it is done, it can be compensated`,
  outcome_unclear: () =>
    'may or may not have happened: replay it, which looks first, or look by hand; what is done can be compensated',
  compensation_ended: ({ compensation }) =>
    `had its compensation, entry ${compensation?.entry_id}, which was ${compensation?.state}: that key is taken, so undo it at the provider`,
  compensation_unmakeable: ({ detail }) => `has a compensation that cannot be made: ${detail}; undo it at the provider`,
}

const idOf = ({ external_id }: Of): string => (external_id === null ? '' : ` (${external_id} is known)`)
