import { planReplay, type ReplayPlan, runReplay } from '@readback/store'
import { deadFilter, FILTER_SUMMARY } from '../dead-filter.ts'
import { type Answer, changeCommand } from '../framework/command.ts'
import { EXIT } from '../framework/exit-code.ts'
import { required } from '../framework/field.ts'
import type { Screen } from '../framework/screen.ts'

export const deadReplayCommand = changeCommand({
  name: 'dead replay',
  summary: 'Give dead entries another chance: what may have landed is read back first',
  audited: true,
  asks: true,
  fields: { filter: required('<filter>', FILTER_SUMMARY) },
  // The set belongs to the intent: what dies later is not covered by a replay of today.
  keyedBy: async ({ db }, { filter }) => (await planReplay(db(), deadFilter(filter))).plan_hash,
  async run({ db, actor, reason, idempotencyKey, dryRun, confirm }, { filter }) {
    const parsed = deadFilter(filter)
    const plan = await planReplay(db(), parsed)
    if (plan.total > 0) await confirm((screen) => showPlan(plan, screen))
    const answer = await runReplay(db(), {
      actor,
      reason,
      idempotencyKey,
      dryRun,
      filter: parsed,
      planHash: plan.plan_hash,
    })
    return answer.ok ? replayed(answer.effect, answer.data) : answer
  },
})

function replayed(effect: 'updated' | 'noop', plan: ReplayPlan): Answer {
  const left = effect === 'updated' && plan.needs_person > 0
  return {
    ok: true,
    effect,
    data: plan,
    show: (screen) => showPlan(plan, screen),
    exitCode: left ? EXIT.partial : EXIT.ok,
  }
}

const WHAT_HAPPENS = {
  look: 'read back first, called only if not there',
  send: 'called: it provably never happened',
  needs_person: 'left as it is: it may have landed, and there is no way to look',
} as const

function showPlan(plan: ReplayPlan, { table }: Screen): string {
  if (plan.total === 0) return 'No dead entry matches.'
  const rows = plan.groups.map((group) => [group.count, group.effect_name, group.cause, WHAT_HAPPENS[group.action]])
  return `${plan.total} dead ${plan.total === 1 ? 'entry' : 'entries'}\n${table(['COUNT', 'EFFECT', 'CAUSE', 'WHAT HAPPENS'], rows)}`
}
