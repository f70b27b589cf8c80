import type { Contract } from '../contract.ts'
import type { Entry, SecretSource } from '../entry.ts'
import { RenderFailure, type RenderFailureCode } from './evaluate.ts'
import { type MailPlan, renderMailPlan } from './mail-template.ts'
import { type RequestPlan, renderRequest } from './request-template.ts'
import { scopeOf } from './scope.ts'

export type Rendered<Plan = RequestPlan> =
  | { readonly ok: true; readonly plan: Plan }
  | { readonly ok: false; readonly code: RenderFailureCode; readonly message: string }

/** The call as it goes out; the same bytes on every attempt. Fails, before the first byte, when a value is missing or does not fit. */
export function renderCall(contract: Contract, entry: Entry, secret: SecretSource): Rendered {
  const { call } = contract
  if (call.kind !== 'http') throw new Error(`a ${call.kind === 'smtp' ? 'mail' : 'call by code'} is no request`)
  return rendered(() => renderRequest(call, scopeOf(contract, entry, null, secret)))
}

/** The same for a contract whose call is a mail (`call.kind` is `smtp`). */
export function renderMail(contract: Contract, entry: Entry, secret: SecretSource): Rendered<MailPlan> {
  const { call } = contract
  if (call.kind !== 'smtp') throw new Error('a request is no mail: it is rendered by renderCall')
  return rendered(() => renderMailPlan(call, scopeOf(contract, entry, null, secret)))
}

/** Turns the failure that rendering throws into a value. */
export function rendered<Plan>(render: () => Plan): Rendered<Plan> {
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
