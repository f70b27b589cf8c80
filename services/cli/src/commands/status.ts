import { type EffectName, effectStatus, workflowStatus } from '@readback/store'
import { usageError } from '../framework/cli-error.ts'
import { readCommand } from '../framework/command.ts'
import { optionalArgument, optionalText, required } from '../framework/field.ts'
import { showStatus } from '../show-status.ts'
import { showWorkflow } from '../show-workflow.ts'

type Input = { effect: string | undefined; key: string | undefined; tenant: string; workflow: string | undefined }
type Asked = EffectName | { tenant: string; workflow: string }

export const statusCommand = readCommand({
  name: 'status',
  summary: 'Has this been done? From the key alone, or from the name of a workflow',
  fields: {
    effect: optionalArgument('name of the effect'),
    key: optionalArgument('the idempotency key'),
    tenant: required('<tenant>', 'whose intent'),
    workflow: optionalText('<name>', 'all that was enqueued with this workflow'),
  },
  async run({ db }, input) {
    const asked = askedFor(input)
    if ('workflow' in asked) {
      const workflow = await workflowStatus(db(), asked)
      return { data: workflow, show: (screen) => showWorkflow(workflow, screen) }
    }
    const status = await effectStatus(db(), asked)
    return { data: status, show: (screen) => showStatus(status, screen) }
  },
})

function askedFor({ effect, key, tenant, workflow }: Input): Asked {
  if (workflow !== undefined && effect === undefined) return { tenant, workflow }
  if (workflow === undefined && effect !== undefined && key !== undefined) return { tenant, effect, key }
  throw usageError(
    'Expected an effect and a key, or a workflow.',
    'readback status EFFECT KEY --tenant NAME, or readback status --workflow NAME --tenant NAME',
  )
}
