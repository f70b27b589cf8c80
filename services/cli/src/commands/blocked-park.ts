import { parkEntry } from '@readback/store'
import { entryId } from '../entry-id.ts'
import { changeCommand } from '../framework/command.ts'
import { howOften } from '../how-often.ts'

export const blockedParkCommand = changeCommand({
  name: 'blocked park',
  summary: 'Put an entry aside before it is called, until it is released or cancelled',
  audited: true,
  fields: { id: entryId },
  keyedBy: ({ db }, { id }) => howOften(db(), id, 'release'),
  run: ({ db, actor, reason, idempotencyKey, dryRun }, { id }) =>
    parkEntry(db(), { actor, reason, idempotencyKey, dryRun, entryId: id }),
})
