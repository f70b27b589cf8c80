import type { RequestPlan } from '@readback/contract'
import type { Exchange } from './exchange.ts'

/** Beside the secrets themselves: what was made of them, and what was fetched with them. */
export function credentialsIn({ headers }: RequestPlan, { credential }: Exchange): string[] {
  const sent = headers
    .filter(([name]) => name === 'authorization')
    .map(([, value]) => value.slice(value.indexOf(' ') + 1))
  return [...sent, credential ?? ''].filter((value) => value !== '')
}
