import type { Contract } from '../contract.ts'
import type { Entry } from '../entry.ts'
import { renderBody } from './render-body.ts'
import { type Rendered, rendered } from './render-call.ts'
import { WORK_CHARS_MAX } from './request-template.ts'
import { scopeOf } from './scope.ts'

/** An entry that has happened, with what its receipt says of it. */
export type Receipted = {
  readonly entry: Entry
  readonly externalId: string | null
  /** What `verify.keep` took from the look: JSON text of an object by name. */
  readonly kept: string | null
}

/** The payload of the entry that undoes this one: the same bytes whenever it is asked for, since a receipt never changes. */
export function renderCompensation(contract: Contract, { entry, externalId, kept }: Receipted): Rendered<string> {
  const { rollback } = contract
  if (rollback.strategy !== 'compensate') throw new Error(`nothing undoes ${contract.effect} by itself`)
  return rendered(() => {
    const scope = { ...scopeOf(contract, entry, externalId), kept, work: { left: WORK_CHARS_MAX } }
    return String(renderBody(rollback.payload, scope).content)
  })
}
