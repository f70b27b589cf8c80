import { type Snoozed, snoozeEntry } from '@readback/store'
import { entryId } from '../entry-id.ts'
import { usageError } from '../framework/cli-error.ts'
import { changeCommand } from '../framework/command.ts'
import { optional, optionalDuration } from '../framework/field.ts'
import { readTime } from '../read-time.ts'

export const snoozeCommand = changeCommand({
  name: 'snooze',
  summary: 'Make an entry due later: its next call, or its next look',
  audited: true,
  fields: {
    id: entryId,
    for: optionalDuration('from now'),
    until: optional('<time>', 'such as 2026-11-30T08:00:00Z', readTime),
  },
  async run({ db, actor, reason, idempotencyKey, dryRun }, { id, for: forMs, until }) {
    const command = { actor, reason, idempotencyKey, dryRun, entryId: id }
    const answer = await snoozeEntry(db(), { ...command, ...waitOf(forMs, until) })
    if (!answer.ok) return answer
    return { ...answer, show: () => sentence(answer.data) }
  },
})

function waitOf(forMs: number | undefined, until: string | undefined) {
  if (forMs !== undefined && until === undefined) return { forMs }
  if (until !== undefined && forMs === undefined) return { until }
  throw usageError('say how long: either --for or --until')
}

function sentence({ state, due_at, next, expires_at }: Snoozed): string {
  if (next === 'expires')
    return `${state}, due at ${due_at}; it ends before, without a call: it expires at ${expires_at}`
  return `${state}, ${next === 'look' ? 'looked at' : 'called'} at ${due_at} or later`
}
