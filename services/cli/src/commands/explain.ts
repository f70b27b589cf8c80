import { explainEntry } from '@readback/store'
import { entryId } from '../entry-id.ts'
import { CliError } from '../framework/cli-error.ts'
import { readCommand } from '../framework/command.ts'
import { showStatus } from '../show-status.ts'

export const explainCommand = readCommand({
  name: 'explain',
  summary: 'Why an entry is where it is, and everything that has happened to it',
  fields: { id: entryId },
  async run({ db }, { id }) {
    const entry = await explainEntry(db(), id)
    if (!entry)
      throw new CliError('not_found', `There is no entry ${id}.`, { hint: 'Ids are shown by `readback list`.' })
    return { data: entry, show: (screen) => `${entry.explanation}\n\n${showStatus(entry, screen)}` }
  },
})
