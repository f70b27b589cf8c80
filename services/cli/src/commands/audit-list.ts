import { listAudit } from '@readback/store'
import { readCommand } from '../framework/command.ts'
import { optionalCount } from '../framework/field.ts'
import { given } from '../given.ts'

export const auditListCommand = readCommand({
  name: 'audit list',
  summary: 'What operators did, who and why, the latest first',
  list: true,
  fields: {
    before: optionalCount('go on below this number'),
    limit: optionalCount('events at most (default 100)'),
  },
  async run({ db }, { before, limit }) {
    const events = await listAudit(db(), given({ before, rows: limit }))
    return {
      data: events,
      rows: events,
      show: ({ table }) =>
        table(
          ['NO', 'AT', 'WHO', 'WHAT', 'WHY'],
          events.map((event) => [event.seq, event.at, event.actor, event.action, event.reason]),
        ),
    }
  },
})
