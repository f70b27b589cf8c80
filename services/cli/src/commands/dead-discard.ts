import { deadGroups, discardDead, planReplay } from '@readback/store'
import { deadFilter, FILTER_SUMMARY } from '../dead-filter.ts'
import { changeCommand } from '../framework/command.ts'
import { required } from '../framework/field.ts'
import { showGroups } from './dead-groups.ts'

export const deadDiscardCommand = changeCommand({
  name: 'dead discard',
  summary: 'Give dead entries up for good; their keys stay taken',
  audited: true,
  asks: true,
  fields: { filter: required('<filter>', FILTER_SUMMARY) },
  // The set belongs to the intent: what dies later is not given up by a decision of today.
  keyedBy: async ({ db }, { filter }) => (await planReplay(db(), deadFilter(filter))).plan_hash,
  async run({ db, actor, reason, idempotencyKey, dryRun, confirm }, { filter: text }) {
    const filter = deadFilter(text)
    const groups = await deadGroups(db(), filter)
    if (groups.length > 0) await confirm((screen) => showGroups(groups, screen))
    return discardDead(db(), { actor, reason, idempotencyKey, dryRun, filter })
  },
})
