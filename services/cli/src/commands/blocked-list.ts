import { blockedList } from '@readback/store'
import { readCommand } from '../framework/command.ts'
import { optionalCount, optionalText } from '../framework/field.ts'
import { given } from '../given.ts'

export const blockedListCommand = readCommand({
  name: 'blocked list',
  summary: 'What blocks an ordering key, waits for others, or is parked; what needs a person first',
  list: true,
  fields: {
    tenant: optionalText('<tenant>', 'only of this tenant'),
    effect: optionalText('<effect>', 'only of this kind'),
    limit: optionalCount('rows at most (default 100)'),
  },
  async run({ db }, { limit, ...filter }) {
    const rows = await blockedList(db(), given(filter), limit)
    return {
      data: { blocked: rows },
      rows,
      show: ({ table }) =>
        table(
          ['BY', 'ENTRY', 'TENANT', 'EFFECT', 'KEY', 'STATE', 'CAUSE', 'STATUS', 'WAITING', 'SINCE'],
          rows.map((row) => [
            row.blocked_by,
            row.entry_id,
            row.tenant,
            row.effect_name,
            row.key,
            row.state,
            row.cause,
            row.status,
            row.waiting,
            row.since,
          ]),
        ),
    }
  },
})
