/** The intents of a run: a few keys for each class of provider, whose names say which. */

import type { Intent } from '../world/producer.ts'
import { EFFECTS, PROVIDER_CLASSES, type ProviderClass } from '../world/provider-class.ts'

export type Order = {
  key: string
  amount: number
  /** Whether it takes its place behind others of the same row. */
  inRow: boolean
  /** What must be done first. */
  after: string | null
}

export const KEYS = PROVIDER_CLASSES.flatMap((provider) => [`${provider}-1`, `${provider}-2`])

export function intentOf({ key, amount }: Pick<Order, 'key' | 'amount'>): Intent {
  const provider = key.split('-')[0] as ProviderClass
  const payload = { customer: key, amount, memo: key }
  return { provider, tenant: 'acme', effect: EFFECTS[provider].effect, key, payload }
}
