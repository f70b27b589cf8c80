import { effectStatus } from '@readback/store'
import { readCommand } from '../framework/command.ts'
import { argument, required } from '../framework/field.ts'
import { showStatus } from '../show-status.ts'

export const statusCommand = readCommand({
  name: 'status',
  summary: 'Has this been done? From the key alone',
  fields: {
    effect: argument('name of the effect'),
    key: argument('the idempotency key'),
    tenant: required('<tenant>', 'whose intent'),
  },
  async run({ db }, name) {
    const status = await effectStatus(db(), name)
    return { data: status, show: (screen) => showStatus(status, screen) }
  },
})
