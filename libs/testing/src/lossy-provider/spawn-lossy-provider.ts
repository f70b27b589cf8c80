/** The lossy provider as a process of its own: it has its own CPU, and outlives a test's process that is killed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { endChild, whenParentEnds } from '../process/child-process.ts'
import type { CalledBack } from './call-back.ts'
import type { Effect } from './effects.ts'
import type { LedgerEntry } from './ledger.ts'
import type { LossyProvider } from './lossy-provider.ts'
import type { LossyProviderOptions } from './options.ts'

export type SpawnedLossyProvider = LossyProvider & { pid: number }

/** Ends by `stop()`, or with this process. */
export async function spawnLossyProvider(options: LossyProviderOptions = {}): Promise<SpawnedLossyProvider> {
  const program = createRequire(import.meta.url).resolve('@readback/testing/lossy-provider-main')
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  whenParentEnds(child, 'kill "$1"')
  const lines = createInterface(child.stdout)
  const [first] = await Promise.race([once(lines, 'line'), once(lines, 'close')])
  if (first === undefined) throw new Error('The lossy provider ended before it was ready; its output says why.')
  const { url, mailUrl } = JSON.parse(String(first)) as Pick<LossyProvider, 'url' | 'mailUrl'>
  return { ...lossyProviderAt(url), mailUrl, pid: child.pid ?? 0, stop: () => endChild(child, 'SIGTERM') }
}

/** One that runs elsewhere, by its control endpoints. `stop()` leaves it running. */
export function lossyProviderAt(url: string): LossyProvider {
  const ask = async <T>(path: string, post?: unknown): Promise<T> => {
    const request = post === undefined ? {} : { method: 'POST', body: JSON.stringify(post) }
    const response = await fetch(`${url}/_${path}`, request)
    if (!response.ok) throw new Error(`The lossy provider answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as T
  }
  return {
    url,
    mailUrl: null,
    ledger: () => ask<LedgerEntry[]>('ledger'),
    effects: (collection) =>
      ask<Effect[]>(collection ? `effects?collection=${encodeURIComponent(collection)}` : 'effects'),
    calls: (key) => ask<LedgerEntry[]>(`ledger?key=${encodeURIComponent(key)}`),
    plan: (plan) => ask('plan', plan),
    callBack: (to) => ask('callbacks', to),
    calledBack: () => ask<CalledBack[]>('callbacks'),
    reset: () => ask('reset', {}),
    stop: async () => {},
  }
}
