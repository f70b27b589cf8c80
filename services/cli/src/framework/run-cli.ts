import { CommanderError } from 'commander'
import { buildProgram } from './build-program.ts'
import type { Command } from './command.ts'
import { describeFailure } from './describe-failure.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { hasColors, type Io } from './io.ts'
import { runCommand } from './run-command.ts'
import { createScreen } from './screen.ts'

/** Runs one command line. Data go to stdout, everything else to stderr; never throws. */
export async function runCli(args: readonly string[], io: Io, commands: readonly Command[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok
  const program = buildProgram(commands, io, async (command, given) => {
    exitCode = await runCommand(command, given, io).catch((error: unknown) => fail(io, error, given.json === true))
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has said what is wrong already, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    return fail(io, error, false)
  }
}

function fail(io: Io, error: unknown, json: boolean): ExitCode {
  const { code, message, hint, exitCode, data } = describeFailure(error)
  if (json) {
    const answer = {
      ok: false,
      effect: data ? 'noop' : null,
      reason: code,
      message,
      hint: hint ?? null,
      data: data ?? null,
    }
    io.out(`${JSON.stringify(answer)}\n`)
  }
  const { paint } = createScreen(hasColors(io.env, io.errIsTerminal))
  io.err(`${paint('red', 'error')}: ${message} ${paint('dim', `[${code}]`)}\n${hint ? `${hint}\n` : ''}`)
  if (isDebugging(io) && error instanceof Error) io.err(`${error.stack}\n`)
  return exitCode
}

const isDebugging = ({ env }: Io) => env.LOG_LEVEL === 'debug' || env.LOG_LEVEL === 'trace'
