import type { Command } from '../framework/command.ts'
import { readCommand } from '../framework/command.ts'

/** Which commands there are, for programs above all: what is safe may be called without asking anybody. */
export const listCommands = (all: () => readonly Command[]) =>
  readCommand({
    name: 'commands',
    summary: 'List all commands, and which of them are safe (change nothing)',
    withoutDatabase: true,
    fields: {},
    list: true,
    async run() {
      const rows = all().map(described)
      return {
        data: rows,
        rows,
        show: ({ table }) =>
          table(
            ['COMMAND', 'SAFE', 'SUMMARY'],
            rows.map((row) => [row.name, row.safe ? 'yes' : 'no', row.summary]),
          ),
      }
    },
  })

const described = ({ name, kind, summary, fields }: Command) => ({
  name,
  summary,
  kind,
  safe: kind === 'read',
  input: Object.entries(fields).map(([field, { kind: given, required, summary: about }]) => ({
    name: field,
    kind: given,
    required,
    summary: about,
  })),
})
