import { Option, Command as Program } from 'commander'
import type { Command } from './command.ts'
import type { Field, GivenValue } from './field.ts'
import type { Io } from './io.ts'

/** What was given for each field and each option of the framework, by name. */
export type Given = Readonly<Record<string, GivenValue | true>>
export type Act = (command: Command, given: Given) => Promise<void>

/** The tree of commands; `act` is called for the one that was chosen. Throws commander's errors, and never exits. */
export function buildProgram(commands: readonly Command[], io: Io, act: Act): Program {
  const program = new Program('readback')
    .description('Effects in the outside world happen once, and are called done only after reading them back.')
    .version(io.version)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError('Try `readback help` or `--help` after a command.')
  for (const command of commands) addCommand(program, command, act)
  return program
}

function addCommand(program: Program, command: Command, act: Act): void {
  const words = command.name.split(' ')
  const name = words.pop() ?? ''
  const group = words.reduce(groupNamed, program)
  // `readback dead` alone lists.
  const parsed = group
    .command(name, { isDefault: words.length > 0 && name === 'list' })
    .summary(command.summary)
    .description(command.summary)
  const places = Object.entries(command.fields).filter(([, field]) => field.kind.startsWith('argument'))
  for (const [place, field] of places) parsed.argument(usageOf(place, field), field.summary)
  for (const [option, field] of Object.entries(command.fields)) addOption(parsed, option, field)
  addFrameworkOptions(parsed, command)
  parsed.action(() => {
    const byPlace = places.map(([place], index) => [place, parsed.processedArgs[index]])
    return act(command, { ...parsed.opts(), ...Object.fromEntries(byPlace) })
  })
}

const GROUPS: Readonly<Record<string, string>> = {
  dead: 'What needs a person: list, group by cause, replay, discard',
  contracts: 'Effect contracts: write, check, try, probe, compare, explain, deploy',
  audit: 'What operators did, and whether the record is whole',
}

function groupNamed(parent: Program, name: string): Program {
  const known = parent.commands.find((each) => each.name() === name)
  return known ?? parent.command(name).description(GROUPS[name] ?? name)
}

function usageOf(place: string, { kind, required }: Field<unknown>): string {
  const name = kind === 'arguments' ? `${place}...` : place
  return required ? `<${name}>` : `[${name}]`
}

function addOption(program: Program, name: string, field: Field<unknown>): void {
  if (field.kind !== 'option') return
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  program.addOption(
    new Option(`${flag} ${field.placeholder}`.trim(), field.summary).makeOptionMandatory(field.required),
  )
}

/** What no command has to think of itself. */
function addFrameworkOptions(program: Program, command: Command): void {
  if (command.kind === 'role') return
  if (!command.withoutDatabase) program.option('--source <name>', 'which database, where there are several')
  program.option('--json', 'one JSON document on stdout')
  if (command.kind === 'read') {
    if (command.list) program.option('--jsonl', 'one JSON document a line on stdout')
    return
  }
  program.option('--dry-run', 'say what would happen, change nothing')
  program.option(
    '--idempotency-key <key>',
    'a second command with this key changes nothing (default: derived from the command)',
  )
  if (command.audited) program.requiredOption('--reason <text>', 'why, for the audit')
  if (command.asks) program.option('--yes', 'do not ask')
}
