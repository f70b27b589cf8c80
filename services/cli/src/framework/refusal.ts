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
