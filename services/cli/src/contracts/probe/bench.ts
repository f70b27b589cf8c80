import { setTimeout as rest } from 'node:timers/promises'
import type { Contract, Entry, RequestPlan, Subject } from '@readback/contract'
import { type CallResult, type LookResult, lookAtProvider } from '@readback/effects'
import { callOnce } from '../call-once.ts'
import type { ProviderLine, Redirect } from '../provider-line.ts'
import { settleOf, subjectOf } from '../trial.ts'
import { probeKey } from './probe-keys.ts'

export type Made = { entry: Entry; result: CallResult }

/** How many there are under a key, as far as a look can tell. */
export type Count = 'none' | 'one' | 'more' | 'unclear'

export type Bench = {
  readonly contract: Contract
  /** A key of this run, by name; null when no spelling of it fits the contract. */
  key(name: string): string | null
  entry(key: string, payload?: string): Entry
  write(entry: Entry): Promise<Made>
  look(entry: Entry, externalId?: string | null): Promise<LookResult>
  /** Looks until it is present, or what it can only be, or the time is over. */
  lookUntilSeen(entry: Entry, withinMs: number): Promise<{ look: LookResult; afterMs: number }>
  /** After as long as the first effect took to show. */
  count(entry: Entry): Promise<{ count: Count; look: LookResult }>
  /** Looks at a place that cannot be; with `canaryStays`, only the look itself goes there. */
  lookElsewhere(entry: Entry, externalId: string | null, canaryStays: boolean): Promise<LookResult>
  /** The effect that most probes are about; made once. Null when it was not accepted. */
  first(): Promise<Made | null>
  /** How long the first effect took to show, once that is known. */
  visibleAfterMs: number
  isFindable: boolean
  /** Every call that was sent. */
  readonly sent: Made[]
}

type Options = {
  line: ProviderLine
  redirect: { to: Redirect | null }
  contract: Contract
  run: string
  payload: string
  signal: () => AbortSignal
}

const LEAST_REST_MS = 20

export function createBench({ line, redirect, contract, run, payload, signal }: Options): Bench {
  const sent: Made[] = []
  let first: Promise<Made | null> | undefined
  const bench: Bench = {
    contract,
    sent,
    visibleAfterMs: 0,
    isFindable: false,
    key: (name) => probeKey(contract, bench.entry(''), run, name),
    entry: (key, other = payload) => ({
      entryId: `00000000-0000-7000-8000-${run.padStart(12, '0')}`,
      tenant: 'probe',
      effect: contract.effect,
      key,
      payload: other,
      createdAt: '2026-01-01T00:00:00Z',
    }),
    async write(entry) {
      const made = await callOnce(line, contract, entry, signal())
      if (made.result.evidence.phase !== 'blocked') sent.push(made)
      return made
    },
    look: (entry, externalId = null) => lookAtProvider(line.deps, contract, subject(entry, externalId), signal()),
    lookUntilSeen: (entry, withinMs) => lookUntilSeen(bench, entry, withinMs, signal),
    async count(entry) {
      await rest(bench.visibleAfterMs + LEAST_REST_MS, undefined, { signal: signal() })
      const look = await bench.look(entry)
      return { count: countOf(look), look }
    },
    async lookElsewhere(entry, externalId, canaryStays) {
      redirect.to = (plan) => (canaryStays && isCanary(contract, plan) ? plan : elsewhere(plan))
      return bench.look(entry, externalId).finally(() => {
        redirect.to = null
      })
    },
    first() {
      first ??= makeFirst(bench)
      return first
    },
  }
  return bench
}

async function makeFirst(bench: Bench): Promise<Made | null> {
  const key = bench.key('first')
  if (key === null) return null
  const made = await bench.write(bench.entry(key))
  return made.result.outcome === 'success' ? made : null
}

/** By id only when an id is given: after one answered call. */
const subject = (entry: Entry, externalId: string | null): Subject => subjectOf(entry, externalId)

const SETTLED = new Set(['present', 'mismatch', 'duplicate', 'failed', 'removed'])

async function lookUntilSeen(bench: Bench, entry: Entry, withinMs: number, signal: () => AbortSignal) {
  const startedMs = performance.now()
  const everyMs = Math.max(Math.min(settleOf(bench.contract).everyMs, 1_000), LEAST_REST_MS)
  let look = await bench.look(entry)
  while (!SETTLED.has(look.verdict) && performance.now() - startedMs < withinMs) {
    await rest(everyMs, undefined, { signal: signal() })
    look = await bench.look(entry)
  }
  return { look, afterMs: Math.round(performance.now() - startedMs) }
}

function countOf({ verdict }: LookResult): Count {
  if (verdict === 'duplicate') return 'more'
  if (verdict === 'absent' || verdict === 'removed') return 'none'
  return verdict === 'inconclusive' ? 'unclear' : 'one'
}

function isCanary({ verify }: Contract, { urlTemplate }: RequestPlan): boolean {
  return verify.kind === 'looks' && verify.canary?.read.url.text === urlTemplate
}

const NOWHERE = '/readback-probe-nowhere'

function elsewhere(plan: RequestPlan): RequestPlan {
  const pathStart = plan.url.indexOf('/', plan.url.indexOf('//') + 2)
  return { ...plan, url: `${plan.url.slice(0, pathStart)}${NOWHERE}${plan.url.slice(pathStart)}` }
}
