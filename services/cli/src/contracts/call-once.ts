import type { Contract, Entry } from '@readback/contract'
import { type CallResult, callProvider, prepareCall } from '@readback/effects'
import type { ProviderLine } from './provider-line.ts'

/** One call as the worker makes it: what it needs first is asked for, and goes into the entry. Never rejects. */
export async function callOnce(
  line: ProviderLine,
  contract: Contract,
  entry: Entry,
  signal: AbortSignal,
): Promise<{ entry: Entry; result: CallResult }> {
  if (contract.prepare.length === 0 || entry.prepared)
    return { entry, result: await callProvider(line.deps, contract, entry, signal) }
  const prepared = await prepareCall(line.deps, contract, entry, signal)
  if (!prepared.ok) return { entry, result: prepared.result }
  const ready = { ...entry, prepared: prepared.values }
  return { entry: ready, result: await callProvider(line.deps, contract, ready, signal) }
}
