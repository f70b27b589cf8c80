import type { Contract } from '../contract.ts'

const known = new WeakMap<Contract, string>()

/**
 * Where the call of a contract goes, as far as it is known before it is rendered: scheme, host and port. Calls by code, and those whose
 * place only a step before them says, are told apart by their effect.
 */
export function destinationOf(contract: Contract): string {
  const before = known.get(contract)
  if (before !== undefined) return before
  const destination = placeOf(contract)
  known.set(contract, destination)
  return destination
}

function placeOf({ call, effect }: Contract): string {
  if (call.kind === 'smtp') return `smtp://${call.server.host}:${call.server.port}`
  if (call.kind === 'http' && 'origin' in call.url.base) return call.url.base.origin.toLowerCase()
  return `effect ${effect}`
}
