import { type Contract, type Entry, renderCall } from '@readback/contract'
import { NAMED_SECRETS } from './provider-line.ts'
import { type ShownRequest, shownRequest } from './shown-request.ts'

/** Where a call goes, before anything of an entry is filled in. */
export const callText = ({ call }: Contract): string => `${call.method} ${call.url.text}`

/** The place that is called: what a person must recognise before it is. */
export const callPlace = ({ call }: Contract): string => call.url.origin

/** The request that a call would send; null when it does not fit the contract. */
export function plannedCall(contract: Contract, entry: Entry): ShownRequest | null {
  const rendered = renderCall(contract, entry, NAMED_SECRETS)
  return rendered.ok ? shownRequest(rendered.plan) : null
}
