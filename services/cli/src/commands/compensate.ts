import { type Compensated, type CompensationTarget, compensate } from '@readback/store'
import type { CompensationPlan, Planned, PlannedEntry } from '../compensation/plan-compensation.ts'
import { readEntryId } from '../entry-id.ts'
import { CliError, usageError } from '../framework/cli-error.ts'
import { type Answer, type ChangeContext, type Context, changeCommand } from '../framework/command.ts'
import { EXIT } from '../framework/exit-code.ts'
import { flag, optionalArgument, optionalText } from '../framework/field.ts'
import type { Screen } from '../framework/screen.ts'

type Input = {
  entry: string | undefined
  workflow: string | undefined
  tenant: string | undefined
  alsoCancel: boolean
}

export const compensateCommand = changeCommand({
  name: 'compensate',
  summary: 'Undo an entry, or a whole workflow from its end, by the effects that their contracts name',
  audited: true,
  asks: true,
  fields: {
    entry: optionalArgument('id of the entry'),
    workflow: optionalText('<name>', 'undo all of this workflow, the last entry first'),
    tenant: optionalText('<tenant>', 'whose workflow'),
    alsoCancel: flag('cancel what has not been called yet'),
  },
  // What has happened meanwhile is not covered by a decision of before.
  keyedBy: async (context, input) => (await plan(context, targetOf(input))).plan.plan_hash,
  async run(context, input) {
    const target = targetOf(input)
    const planned = await plan(context, target)
    return 'entryId' in target
      ? undoOne(context, target, planned)
      : undoAll(context, target, { ...planned, alsoCancel: input.alsoCancel })
  },
})

/** The language of contracts takes longer to load than most commands take to run. */
async function plan({ source }: Context, target: CompensationTarget): Promise<Planned> {
  const { planCompensation } = await import('../compensation/plan-compensation.ts')
  const { name, db } = source()
  return planCompensation({ name, db: db() }, target)
}

function targetOf({ entry, workflow, tenant, alsoCancel }: Input): CompensationTarget {
  if (entry !== undefined && (workflow !== undefined || tenant !== undefined || alsoCancel))
    throw usageError('An entry is named by its id alone.', 'readback compensate ENTRY --reason ...')
  if (entry !== undefined) return { entryId: readEntryId(entry) }
  if (workflow === undefined || tenant === undefined)
    throw usageError(
      'Expected an entry, or a workflow of a tenant.',
      'readback compensate --workflow NAME --tenant NAME --reason ...',
    )
  return { tenant, workflow }
}

async function undoOne(context: ChangeContext, target: { entryId: string }, planned: Planned): Promise<Answer> {
  const [entry] = planned.plan.entries
  if (entry === undefined) throw new CliError('not_found', `There is no entry ${target.entryId}.`)
  if (entry.action === 'undo') return run(context, target, planned)
  if (entry.action === 'nothing')
    return { ok: true, effect: 'noop', data: entry, show: () => `${nameOf(entry)} ${entry.what}` }
  const code = entry.why ?? 'not_called'
  const hint = entry.action === 'cancel' ? `readback cancel ${entry.entry_id}` : undefined
  throw new CliError(code, `${nameOf(entry)} ${entry.what}.`, { data: entry, ...(hint !== undefined && { hint }) })
}

async function undoAll(
  context: ChangeContext,
  target: CompensationTarget,
  { plan: found, undo, cancel, alsoCancel }: Planned & { alsoCancel: boolean },
): Promise<Answer> {
  const underWay = found.wait + (alsoCancel ? 0 : found.cancel)
  if (underWay > 0)
    throw new CliError('under_way', `${underWay} entries have not ended; nothing was done.\n${listed(found)}`, {
      hint: found.wait > 0 ? 'Wait until they have.' : 'Pass --also-cancel to cancel what was not called yet.',
      data: found,
    })
  if (undo.length + cancel.length > 0) await context.confirm((screen) => showPlan(found, screen))
  return run(context, target, { plan: found, undo, cancel })
}

async function run(
  { db, actor, reason, idempotencyKey, dryRun }: ChangeContext,
  target: CompensationTarget,
  { plan: { entries, ...counts }, undo, cancel }: Planned,
): Promise<Answer> {
  const command = { actor, reason, idempotencyKey, dryRun, target, planHash: counts.plan_hash, undo, cancel }
  const answer = await compensate(db(), command)
  if (!answer.ok) return answer
  // What the same key did before is not done again, and not told again to be incomplete.
  const isRepeat = answer.effect === 'noop' && answer.data.undone.length + answer.data.cancelled.length > 0
  const isPartial = !isRepeat && counts.by_hand + counts.impossible > 0
  return {
    ok: true,
    effect: answer.effect === 'updated' ? 'created' : 'noop',
    data: { ...counts, ...answer.data, entries },
    show: (screen) => [showDone(answer.data), showPlan({ entries }, screen)].filter(Boolean).join('\n\n'),
    exitCode: isPartial ? EXIT.partial : EXIT.ok,
  }
}

const nameOf = ({ effect_name, key }: PlannedEntry) => `${effect_name} ${key}`

const listed = ({ entries }: CompensationPlan) => entries.map((entry) => `  ${nameOf(entry)} ${entry.what}`).join('\n')

function showDone({ undone, cancelled }: Compensated): string {
  const lines = undone.map(({ effect_name, key, compensated_by }) => `entry ${compensated_by}  ${effect_name} ${key}`)
  return [...lines, ...cancelled.map((id) => `cancelled ${id}`)].join('\n')
}

function showPlan({ entries }: Pick<CompensationPlan, 'entries'>, { table }: Screen): string {
  if (entries.length === 0) return 'There is nothing to undo.'
  const rows = entries.map((each) => [each.effect_name, each.key, each.state, each.point_of_no_return, each.what])
  return table(['EFFECT', 'KEY', 'STATE', 'NO RETURN AFTER', 'WHAT HAPPENS'], rows)
}
