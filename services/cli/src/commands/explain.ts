import { explainEntry } from '@readback/store'
import { CliError } from '../framework/cli-error.ts'
import { readCommand } from '../framework/command.ts'
import { argument } from '../framework/field.ts'
import { showStatus } from '../show-status.ts'

export const explainCommand = readCommand({
  name: 'explain',
  summary: 'Why an entry is where it is, and everything that has happened to it',
  fields: { id: argument('id of the entry') },
  async run({ db }, { id }) {
    const entry = /^[0-9a-f-]{36}$/i.test(id) ? await explainEntry(db(), id) : null
    if (!entry)
      throw new CliError('not_found', `There is no entry ${id}.`, {
        hint: 'Ids are shown by `readback list` and `readback status`.',
      })
    return { data: entry, show: (screen) => `${entry.explanation}\n\n${showStatus(entry, screen)}` }
  },
})
