/** What a run came to: figures for people, and whether enough happened for them to mean something. */
import type { FaultName } from '@readback/testing'
import { PROVIDER_CLASSES, type ProviderClass } from '../world/provider-class.ts'
import type { Story } from '../world/story.ts'
import type { Counts } from './blows.ts'
import { quantile } from './takeover.ts'

export type ClassFigures = {
  intents: number
  done: number
  acknowledged: number
  'with a person': number
  effects: number
  lost: number
  doubled: number
  'falsely done': number
}

export type Figures = {
  byClass: Record<ProviderClass, ClassFigures>
  blows: Counts
  /** Met by calls: how often, and the share of all calls. */
  faults: Partial<Record<FaultName, { count: number; share: number }>>
  takeover: { entries: number; p50Ms: number; p99Ms: number; maxMs: number }
}

export function figuresOf(stories: readonly Story[], blows: Counts, takeoverMs: readonly number[]): Figures {
  const classes = PROVIDER_CLASSES.map((name) => [
    name,
    figuresOfClass(stories.filter((each) => each.provider === name)),
  ])
  const [p50Ms = 0, p99Ms = 0, maxMs = 0] = [0.5, 0.99, 1].map((share) => quantile(takeoverMs, share))
  const takeover = { entries: takeoverMs.length, p50Ms, p99Ms, maxMs }
  return { byClass: Object.fromEntries(classes), blows, faults: faultsOf(stories), takeover }
}

function figuresOfClass(stories: readonly Story[]): ClassFigures {
  const count = (is: (story: Story) => boolean) => stories.filter(is).length
  return {
    intents: count(({ hasBusinessRow }) => hasBusinessRow),
    done: count(({ entry }) => entry?.state === 'done'),
    acknowledged: count(({ entry }) => entry?.state === 'acknowledged'),
    'with a person': count(({ entry }) => entry?.state === 'dead'),
    effects: stories.reduce((sum, { effects }) => sum + effects.length, 0),
    lost: count(({ hasBusinessRow, entry }) => hasBusinessRow && (!entry || entry.status === 'in_progress')),
    doubled: count(({ effects }) => effects.length > 1),
    'falsely done': count(({ entry, effects }) => entry?.state === 'done' && effects.length !== 1),
  }
}

function faultsOf(stories: readonly Story[]): Figures['faults'] {
  const calls = stories.flatMap((story) => story.calls)
  const names = new Set(calls.map(({ fault }) => fault).filter((fault) => fault !== 'none'))
  const counted = [...names].map((name) => {
    const count = calls.filter(({ fault }) => fault === name).length
    return [name, { count, share: count / calls.length }]
  })
  return Object.fromEntries(counted)
}

export type Demands = { takeoverP99Ms: number; shares: Partial<Record<FaultName, number>>; blows: readonly string[] }

/** What was promised beside the invariants, and what must have happened. A share may fall short by a third: it is drawn. */
export function shortcomings({ blows, faults, takeover }: Figures, demands: Demands): string[] {
  const neverFell = demands.blows.filter((name) => !blows[name]).map((name) => `too little happened: never "${name}"`)
  const tooRare = Object.entries(demands.shares)
    .filter(([name, share]) => (faults[name as FaultName]?.share ?? 0) < (share * 2) / 3)
    .map(([name, share]) => `too little happened: ${name} was to be ${share * 100} % of the calls`)
  const slow =
    takeover.p99Ms > demands.takeoverP99Ms
      ? [`liveness 2: of what killed processes held, 1 % waited for ${takeover.p99Ms} ms or longer`]
      : []
  const untold = takeover.entries === 0 ? ['too little happened: no process died with an entry in its hands'] : []
  return [...neverFell, ...tooRare, ...slow, ...untold]
}
