import { ConfigError } from '@readback/service-kit'
import { CliError } from './cli-error.ts'
import { EXIT, type ExitCode } from './exit-code.ts'

export type Failure = { code: string; message: string; hint?: string; exitCode: ExitCode; data?: object }

type Coded = Error & { code?: string; hint?: string }

const UNREACHABLE = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'ECONNRESET', 'EHOSTUNREACH', 'ENOENT']

/** What `readback.enqueue` raises, by the names that @readback/outbox has for it. */
const REFUSED_INTENTS: Readonly<Record<string, string>> = {
  RB001: 'key_conflict',
  RB002: 'key_refused',
  RB003: 'payload_refused',
  RB004: 'payload_too_large',
  RB005: 'effect_unknown',
  RB006: 'after_unknown',
  RB007: 'after_circular',
  RB008: 'option_refused',
}

/** One sentence, a stable code and what to do, for whatever went wrong. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CliError) return ofCliError(error)
  if (error instanceof ConfigError) {
    return { code: error.code, message: error.problems.join('\n'), exitCode: EXIT.usage }
  }
  const known = error as Coded
  return knownFailure(known) ?? { code: known.code ?? 'UNEXPECTED', message: messageOf(error), exitCode: EXIT.error }
}

const ofCliError = ({ code, message, hint, exitCode, data }: CliError): Failure => ({
  code,
  message,
  exitCode,
  ...(hint !== undefined && { hint }),
  ...(data !== null && { data }),
})

function knownFailure(error: Coded): Failure | undefined {
  const told = (code: string, message: string, hint: string) => ({ code, message, hint, exitCode: EXIT.error })
  const { code = '' } = error
  if (UNREACHABLE.includes(code)) {
    return told(
      'DATABASE_UNREACHABLE',
      `The database does not answer: ${messageOf(error)}.`,
      'Check DATABASE_URL, and that the server runs.',
    )
  }
  if (code === '28P01' || code === '28000' || code === '3D000') {
    return told(
      'DATABASE_REFUSED',
      `The database refused the connection: ${messageOf(error)}.`,
      'Check the user, the password and the name in DATABASE_URL.',
    )
  }
  if (code === '3F000' || code === '42P01' || code === '42883') {
    return told(
      'NOT_MIGRATED',
      'This database has no schema of Readback, or an older one.',
      'Run `readback migrate` first.',
    )
  }
  if (code === '42501')
    return told(
      'NOT_PERMITTED',
      `${messageOf(error)}.`,
      'Grant this user the role it needs, such as readback_operator.',
    )
  if (code === 'contract_changed') {
    return told(
      code,
      `${messageOf(error)}.`,
      'A version never changes, because entries refer to it: give the contract the next version.',
    )
  }
  const refused = REFUSED_INTENTS[code]
  if (refused) return told(refused, messageOf(error), error.hint ?? '')
  return undefined
}

/** A refused connection to a host with several addresses says nothing itself; its first part does. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}
