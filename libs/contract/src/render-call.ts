import type { Contract } from './contract.ts'
import type { Entry, SecretSource } from './entry.ts'
import { RenderFailure, type RenderFailureCode } from './evaluate.ts'
import { type RequestPlan, renderRequest } from './request-template.ts'
import { scopeOf } from './scope.ts'

export type Rendered =
  | { readonly ok: true; readonly plan: RequestPlan }
  | { readonly ok: false; readonly code: RenderFailureCode; readonly message: string }

/** The call as it goes out; the same bytes on every attempt. Fails, before the first byte, when a value is missing or does not fit. */
export function renderCall(contract: Contract, entry: Entry, secret: SecretSource): Rendered {
  return rendered(() => renderRequest(contract.call, scopeOf(contract, entry, null, secret)))
}

/** Turns the failure that rendering throws into a value. */
function rendered(render: () => RequestPlan): Rendered {
  try {
    return { ok: true, plan: render() }
  } catch (error) {
    if (error instanceof RenderFailure) return { ok: false, code: error.code, message: error.message }
    throw error
  }
}

/** Null when the payload fits the contract's schema, else what does not. */
export function validatePayload(contract: Contract, payloadText: string): string | null {
  try {
    return contract.payload(JSON.parse(payloadText))
  } catch {
    return 'the payload is not JSON'
  }
}
