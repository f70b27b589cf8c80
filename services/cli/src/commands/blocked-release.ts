import { releaseEntry } from '@readback/store'
import { entryId } from '../entry-id.ts'
import { changeCommand } from '../framework/command.ts'
import { howOften } from '../how-often.ts'

export const blockedReleaseCommand = changeCommand({
  name: 'blocked release',
  summary: 'Let an entry go that is parked, or waits for one that ended and will never be done',
  audited: true,
  fields: { id: entryId },
  keyedBy: ({ db }, { id }) => howOften(db(), id, 'park'),
  run: ({ db, actor, reason, idempotencyKey, dryRun }, { id }) =>
    releaseEntry(db(), { actor, reason, idempotencyKey, dryRun, entryId: id }),
})
