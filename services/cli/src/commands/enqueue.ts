import { KEY_ADVICE, keyFinding } from '@readback/contract'
import { enqueueIntent, type NewIntent } from '@readback/store'
import { changeCommand } from '../framework/command.ts'
import { argument, optional, optionalText, required } from '../framework/field.ts'
import { given } from '../given.ts'
import { readPayload } from '../read-payload.ts'
import { readTime } from '../read-time.ts'
import { refuseMisfit } from '../refuse-misfit.ts'

export const enqueueCommand = changeCommand({
  name: 'enqueue',
  summary: 'Commit an intent by hand; the key decides whether it is new',
  fields: {
    effect: argument('name of the effect'),
    key: argument('names the intent, never the attempt'),
    tenant: required('<tenant>', 'whose intent'),
    payload: required('<json>', 'JSON, @file, or - for stdin'),
    orderingKey: optionalText(
      '<key>',
      'intents with the same one are captured in the order of their commits, and called so if the contract says it',
    ),
    workflow: optionalText('<name>', 'groups intents that belong together'),
    notBefore: optional('<time>', 'not called before, such as 2026-11-30T08:00:00Z', readTime),
    expiresAt: optional('<time>', 'not called any more from then on', readTime),
    priority: optional('<0-9>', 'a higher one goes first, of what waits for a worker', readPriority),
    after: optional(
      '<effect=key>',
      'what must be done before; several as JSON: [{"effect": "...", "key": "..."}]',
      readAfter,
    ),
  },
  async run({ db, source, io, actor, dryRun }, { tenant, effect: name, key, payload, ...options }) {
    const intent = { tenant, effect: name, key, payload: await readPayload(io, payload), actor, ...given(options) }
    await refuseMisfit(source(), { tenant, effect: name, key })
    const { effect, ...entry } = await enqueueIntent(db(), intent, dryRun)
    const finding = keyFinding({ tenant, effect: name, key, atMs: Date.now() })
    if (finding) io.err(`warning: ${KEY_ADVICE[finding]} [${finding}]\n`)
    return { ok: true, effect, data: entry, show: () => `entry ${entry.entry_id}, ${entry.state}` }
  },
})

function readPriority(text: string): number | undefined {
  return /^\d$/.test(text) ? Number(text) : undefined
}

/** One name, or a JSON list of them; what they lead to is asked in the database. */
function readAfter(text: string): NewIntent['after'] | undefined {
  if (text.startsWith('[')) return readNames(text)
  const [effect, ...key] = text.split('=')
  return effect && key.length > 0 ? [{ effect, key: key.join('=') }] : undefined
}

function readNames(text: string): NewIntent['after'] | undefined {
  try {
    return JSON.parse(text) as NewIntent['after']
  } catch {
    return undefined
  }
}
