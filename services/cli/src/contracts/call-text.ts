import { type Contract, type Entry, renderCall, startPrepare } from '@readback/contract'
import { NAMED_SECRETS } from './provider-line.ts'
import { type ShownRequest, shownRequest } from './shown-request.ts'

/** Where a call goes, before anything of an entry is filled in. */
export const callText = ({ call }: Contract): string => `${call.method} ${call.url.text}`

/** The place that is called, or asked where to call: what a person must recognise before it is. */
export function callPlace({ call, prepare }: Contract): string {
  const places = [call.url, ...prepare.map(({ request }) => request.url)].flatMap(({ base }) =>
    'origin' in base ? [base.origin] : [],
  )
  return places[0] ?? call.url.text
}

/** The request that a call would send; null when it does not fit the contract. */
export function plannedCall(contract: Contract, entry: Entry): ShownRequest | null {
  const rendered = rendering(contract, entry)
  return rendered.ok ? rendered.shown : null
}

/** Why it does not fit, or null. */
export function callMisfit(contract: Contract, entry: Entry): string | null {
  const rendered = rendering(contract, entry)
  return rendered.ok ? null : rendered.message
}

type Rendering = { ok: true; shown: ShownRequest } | { ok: false; message: string }

function rendering(contract: Contract, entry: Entry): Rendering {
  const rendered = renderCall(contract, { prepared: namedValues(contract), ...entry }, NAMED_SECRETS)
  return rendered.ok ? { ok: true, shown: shownRequest(rendered.plan) } : rendered
}

/** The first request before the call; those behind it depend on its answer. */
export function plannedPrepare(contract: Contract, entry: Entry): ShownRequest[] {
  const step = contract.prepare.length === 0 ? null : startPrepare(contract, entry, NAMED_SECRETS)
  return step?.kind === 'request' ? [shownRequest(step.plan)] : []
}

/** What a step of `prepare` will keep is not known yet: its name stands in its place, as a path, since it may be a URL. */
function namedValues({ prepare }: Contract): string {
  const names = prepare.flatMap(({ keep }) => keep.map(([name]) => name))
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, `/prepare.${name}`])))
}
