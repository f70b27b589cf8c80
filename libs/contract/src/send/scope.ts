import type { Contract } from '../contract.ts'
import type { Entry, SecretSource } from '../entry.ts'
import type { Scope } from './evaluate.ts'
import { providerKey } from './provider-key.ts'

const NO_SECRETS: SecretSource = () => undefined

/** What the contract's templates see. Throws RenderFailure when the key does not fit the provider. */
export function scopeOf(
  contract: Contract,
  entry: Entry,
  externalId: string | null = null,
  secret: SecretSource = NO_SECRETS,
): Scope {
  const { preparedOrigins } = contract
  const placement = contract.provider.key
  return {
    entry,
    externalId,
    secret,
    preparedOrigins,
    key: placement === null ? entry.key : providerKey(placement, entry),
  }
}

/** For what is the same for all entries: templates that name secrets at most. */
export const FIXED: Scope = {
  entry: { entryId: '', tenant: '', effect: '', key: '', payload: 'null', createdAt: '' },
  key: '',
  externalId: null,
  secret: NO_SECRETS,
}
