import { deadList } from '@readback/store'
import { deadFilter, filterField } from '../dead-filter.ts'
import { afterEntry } from '../entry-id.ts'
import { readCommand } from '../framework/command.ts'
import { optionalCount } from '../framework/field.ts'
import { given } from '../given.ts'

export const deadListCommand = readCommand({
  name: 'dead list',
  summary: 'Entries that need a person, the oldest intent first',
  list: true,
  fields: {
    filter: filterField,
    after: afterEntry,
    limit: optionalCount('entries at most (default 100)'),
  },
  async run({ db, io }, { filter, after, limit }) {
    const page = await deadList(db(), deadFilter(filter), given({ after, rows: limit }))
    if (page.next) io.err(`There are more: --after ${page.next}\n`)
    return {
      data: page,
      rows: page.entries,
      show: ({ table }) =>
        table(
          ['ENTRY', 'TENANT', 'EFFECT', 'KEY', 'CAUSE', 'ATTEMPTS', 'DEAD SINCE'],
          page.entries.map((row) => [
            row.entry_id,
            row.tenant,
            row.effect_name,
            row.key,
            row.cause,
            row.attempts,
            row.dead_at,
          ]),
        ),
    }
  },
})
