import { skipInOrder } from '@readback/store'
import { entryId } from '../entry-id.ts'
import { changeCommand } from '../framework/command.ts'
import { howOften } from '../how-often.ts'

export const blockedSkipCommand = changeCommand({
  name: 'blocked skip',
  summary: 'Let the later entries of its key pass an entry that blocks them; it stays what it is',
  audited: true,
  fields: { id: entryId },
  keyedBy: ({ db }, { id }) => howOften(db(), id, 'release'),
  run: ({ db, actor, reason, idempotencyKey, dryRun }, { id }) =>
    skipInOrder(db(), { actor, reason, idempotencyKey, dryRun, entryId: id }),
})
