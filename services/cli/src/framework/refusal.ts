import { CliError } from './cli-error.ts'
import type { Answer } from './command.ts'
import { EXIT } from './exit-code.ts'

type Refused = Extract<Answer, { ok: false }>

const SENTENCES: Readonly<Record<string, { message: string; hint?: string }>> = {
  not_found: { message: 'There is no such entry.' },
  not_cancellable: {
    message: 'It is being called, may have happened, or has ended; nothing was done.',
    hint: 'Its status says which: readback explain.',
  },
  not_in_order: {
    message: 'No other entry waits for its place in an order; nothing was done.',
    hint: 'It has ended, is parked, was skipped before, or its contract has no `ordering: per_key`: readback explain.',
  },
  not_parkable: {
    message: 'It is being called, may have happened, is dead, or has ended; nothing was done.',
    hint: 'To let the others of its key pass it: readback blocked skip.',
  },
  not_held: {
    message: 'It is neither parked nor held for an entry that has ended otherwise; nothing was done.',
    hint: 'What holds it: readback explain. To let others pass an entry of their key: readback blocked skip.',
  },
  may_still_be_done: {
    message: 'It waits for an entry that may still be done; nothing was done.',
    hint: 'Cancel, discard or replay that one first; readback explain shows it.',
  },
  not_snoozable: {
    message: 'It is being called or looked at, is held, needs a person, or has ended; nothing was done.',
    hint: 'Its status says which: readback explain.',
  },
  until_is_over: { message: 'That time is over; nothing was done.', hint: 'Name a time that is still to come.' },
  plan_stale: {
    message: 'The set has changed since it was planned; nothing was done.',
    hint: 'Look at the new plan and run it again.',
  },
  too_many: {
    message: 'The filter matches more than one change may touch; nothing was done.',
    hint: 'Narrow the filter.',
  },
  idempotency_key_reused: {
    message: 'This idempotency key was used for another change; nothing was done.',
    hint: 'Use a key that names this change.',
  },
}

/** A change that was not made, and why: the reason is the code. */
export function refusal({ reason, data, exitCode }: Refused): CliError {
  const { message, hint } = SENTENCES[reason] ?? { message: `Refused: ${reason}.` }
  const stale = reason === 'plan_stale' ? EXIT.stalePlan : EXIT.error
  return new CliError(reason, message, { data, exitCode: exitCode ?? stale, ...(hint !== undefined && { hint }) })
}
