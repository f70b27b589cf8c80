import type { Contract } from '../contract.ts'
import type { Entry } from '../entry.ts'
import type { Rendered } from '../send/render-call.ts'
import { rendered } from '../send/render-call.ts'
import { scopeOf } from '../send/scope.ts'
import type { CallInput } from './define-contract.ts'

export type CodeEntry = Omit<CallInput, 'http' | 'secret' | 'signal'>

/** What code is told of an entry. Fails where the key does not fit the provider. */
export function codeEntry(contract: Contract, entry: Entry): Rendered<CodeEntry> {
  const { entryId, tenant, effect, payload, createdAt, prepared } = entry
  return rendered(() => ({
    key: scopeOf(contract, entry).key,
    payload: JSON.parse(payload) as unknown,
    payloadText: payload,
    tenant,
    effect,
    entryId,
    createdAt,
    prepared: JSON.parse(prepared ?? '{}') as Record<string, unknown>,
  }))
}
