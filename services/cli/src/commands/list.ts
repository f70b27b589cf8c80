import { LIVE_STATES, SETTLED_STATES } from '@readback/lifecycle'
import { listEntries } from '@readback/store'
import { afterEntry } from '../entry-id.ts'
import { readCommand } from '../framework/command.ts'
import { optionalCount, optionalDuration, optionalOneOf, optionalText } from '../framework/field.ts'
import { given } from '../given.ts'

export const listCommand = readCommand({
  name: 'list',
  summary: 'Entries, the newest first',
  list: true,
  fields: {
    state: optionalOneOf('only entries in this state', ['pending', ...LIVE_STATES, ...SETTLED_STATES]),
    tenant: optionalText('<tenant>', 'only of this tenant'),
    effect: optionalText('<effect>', 'only of this kind'),
    keyPrefix: optionalText('<prefix>', 'only keys that begin like this'),
    cause: optionalText('<code>', 'only with this cause'),
    older: optionalDuration('only committed at least this long ago'),
    after: afterEntry,
    limit: optionalCount('entries at most (default 100)'),
  },
  async run({ db, io }, { older, after, limit, ...filter }) {
    const page = await listEntries(db(), given({ ...filter, olderThanMs: older }), given({ after, rows: limit }))
    if (page.next) io.err(`There are more: --after ${page.next}\n`)
    return {
      data: page,
      rows: page.entries,
      show: ({ table }) =>
        table(
          ['ENTRY', 'TENANT', 'EFFECT', 'KEY', 'STATE', 'CAUSE', 'ATTEMPTS', 'DUE', 'COMMITTED'],
          page.entries.map((row) => [
            row.entry_id,
            row.tenant,
            row.effect_name,
            row.key,
            row.state,
            row.cause,
            row.attempts,
            row.due_at,
            row.committed_at,
          ]),
        ),
    }
  },
})
