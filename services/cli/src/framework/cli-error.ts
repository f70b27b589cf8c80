import { EXIT, type ExitCode } from './exit-code.ts'

type Details = { hint?: string; exitCode?: ExitCode; cause?: unknown; data?: object | null }

/** A failure that is told in one sentence, with a stable code and what to do about it. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: string
  readonly hint: string | undefined
  readonly exitCode: ExitCode
  /** For programs: what stands in the way. */
  readonly data: object | null

  constructor(code: string, message: string, details: Details = {}) {
    super(message, { cause: details.cause })
    this.code = code
    this.hint = details.hint
    this.exitCode = details.exitCode ?? EXIT.error
    this.data = details.data ?? null
  }
}

/** The command line does not say what the command needs. */
export const usageError = (message: string, hint?: string) =>
  new CliError('USAGE', message, { exitCode: EXIT.usage, ...(hint !== undefined && { hint }) })
