import { enqueueIntent } from '@readback/store'
import { changeCommand } from '../framework/command.ts'
import { argument, optional, optionalText, required } from '../framework/field.ts'
import { given } from '../given.ts'
import { readPayload } from '../read-payload.ts'
import { refuseMisfit } from '../refuse-misfit.ts'

export const enqueueCommand = changeCommand({
  name: 'enqueue',
  summary: 'Commit an intent by hand; the key decides whether it is new',
  fields: {
    effect: argument('name of the effect'),
    key: argument('names the intent, never the attempt'),
    tenant: required('<tenant>', 'whose intent'),
    payload: required('<json>', 'JSON, @file, or - for stdin'),
    orderingKey: optionalText('<key>', 'intents with the same one are captured in the order of their commits'),
    workflow: optionalText('<name>', 'groups intents that belong together'),
    notBefore: optional('<time>', 'not called before, such as 2026-11-30T08:00:00Z', readTime),
  },
  async run({ db, io, actor, dryRun }, { tenant, effect: name, key, payload, ...options }) {
    const intent = { tenant, effect: name, key, payload: await readPayload(io, payload), actor, ...given(options) }
    await refuseMisfit(db(), { tenant, effect: name, key })
    const { effect, ...entry } = await enqueueIntent(db(), intent, dryRun)
    return { ok: true, effect, data: entry, show: () => `entry ${entry.entry_id}, ${entry.state}` }
  },
})

function readTime(text: string): string | undefined {
  const isTime = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text)
  return isTime && !Number.isNaN(Date.parse(text)) ? text : undefined
}
