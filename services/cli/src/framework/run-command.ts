import { commandEnvironment, parseEnvironment } from '@readback/service-kit'
import type { Given } from './build-program.ts'
import { CliError, usageError } from './cli-error.ts'
import type { Answer, ChangeContext, Command, Context, Report } from './command.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import type { Field, GivenValue } from './field.ts'
import { derivedKey } from './idempotency-key.ts'
import { hasColors, type Io } from './io.ts'
import { createOpenSources } from './open-sources.ts'
import { refusal } from './refusal.ts'
import { createScreen } from './screen.ts'

type Input = Readonly<Record<string, unknown>>
type Changing = Extract<Command, { kind: 'change' }>

/** Reads the input, runs the command, prints what it answers. */
export async function runCommand(command: Command, given: Given, io: Io): Promise<ExitCode> {
  const input = readInput(command, given)
  const { context, close } = createContext(io, typeof given.source === 'string' ? given.source : undefined)
  try {
    if (command.kind === 'role') return await command.run(context, input)
    if (command.kind === 'read') return print(io, given, await command.run(context, input))
    return await runChange(command, { context, given, input })
  } finally {
    await close()
  }
}

function readInput(command: Command, given: Given): Input {
  const read = Object.entries(command.fields).map(([name, field]) => [name, readField(name, field, given[name])])
  return Object.fromEntries(read)
}

function readField(name: string, field: Field<unknown>, value: GivenValue | true): unknown {
  try {
    return field.read(value === true ? '' : value)
  } catch (error) {
    throw error instanceof CliError ? usageError(`${name}: ${error.message}`, error.hint) : error
  }
}

function createContext(io: Io, source: string | undefined): { context: Context; close(): Promise<void> } {
  let parsed: ReturnType<Context['settings']> | undefined
  const settings = () => {
    parsed ??= parseEnvironment(commandEnvironment, io.env, io.readFile)
    return parsed
  }
  const sources = createOpenSources(() => settings().sources, source)
  return {
    context: { io, settings, source: sources.one, db: () => sources.one().db(), sources: sources.all },
    close: sources.close,
  }
}

type Call = { context: Context; given: Given; input: Input }

async function runChange(command: Changing, { context, given, input }: Call): Promise<ExitCode> {
  const { io } = context
  const dryRun = given.dryRun === true
  const idempotencyKey = await keyOf(command, { context, given, input })
  if (!given.json) io.err(`idempotency key: ${idempotencyKey}\n`)
  const change: ChangeContext = {
    ...context,
    actor: io.env.READBACK_ACTOR || io.userName,
    reason: typeof given.reason === 'string' ? given.reason : '',
    idempotencyKey,
    dryRun,
    confirm: (show) => confirm(io, dryRun || given.yes === true, show),
  }
  return printAnswer(io, { json: given.json === true, dryRun, idempotencyKey }, await command.run(change, input))
}

async function keyOf(command: Changing, { context, given, input }: Call): Promise<string> {
  if (typeof given.idempotencyKey === 'string') return given.idempotencyKey
  const state = (await command.keyedBy?.(context, input)) ?? ''
  return derivedKey(command.name, { ...input, reason: given.reason, source: given.source }, state)
}

async function confirm(
  io: Io,
  passes: boolean,
  show: (screen: ReturnType<typeof createScreen>) => string,
): Promise<void> {
  if (passes) return
  io.err(`${show(createScreen(hasColors(io.env, io.errIsTerminal)))}\n`)
  if (!io.ask)
    throw usageError(
      'This asks before it does anything, and nobody is there to answer.',
      'Pass --yes, or --dry-run to only see the plan.',
    )
  if (!(await io.ask('Go on?'))) throw new CliError('DECLINED', 'Nothing was done.')
}

function print(io: Io, given: Given, report: Report): ExitCode {
  if (given.jsonl) for (const row of report.rows ?? []) io.out(`${JSON.stringify(row)}\n`)
  else if (given.json) io.out(`${JSON.stringify(report.data)}\n`)
  else printText(io, report.show(screenOf(io)))
  return report.exitCode ?? EXIT.ok
}

const WOULD = { created: 'would_create', updated: 'would_update', deleted: 'would_delete', noop: 'would_noop' } as const

type How = { json: boolean; dryRun: boolean; idempotencyKey: string }

function printAnswer(io: Io, { json, dryRun, idempotencyKey }: How, answer: Answer): ExitCode {
  if (!answer.ok) throw refusal(answer)
  const effect = dryRun ? WOULD[answer.effect] : answer.effect
  if (json)
    io.out(
      `${JSON.stringify({ ok: true, effect, reason: null, data: answer.data, idempotency_key: idempotencyKey })}\n`,
    )
  else printText(io, [effect, answer.show?.(screenOf(io))].filter(Boolean).join('\n'))
  return answer.exitCode ?? EXIT.ok
}

const screenOf = (io: Io) => createScreen(hasColors(io.env, io.outIsTerminal))

const printText = (io: Io, text: string) => io.out(text === '' ? '' : `${text}\n`)
