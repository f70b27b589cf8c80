import { cancelEntry } from '@readback/store'
import { entryId } from '../entry-id.ts'
import { changeCommand } from '../framework/command.ts'

export const cancelCommand = changeCommand({
  name: 'cancel',
  summary: 'End an entry before it is called; its key stays taken',
  audited: true,
  fields: { id: entryId },
  run: ({ db, actor, reason, idempotencyKey, dryRun }, { id }) =>
    cancelEntry(db(), { actor, reason, idempotencyKey, dryRun, entryId: id }),
})
