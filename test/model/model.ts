/** What the product promises of each key, without a word about how it keeps it. Leases, fences, references: nothing here knows of them. */

import type { Intent } from '../world/producer.ts'
import { EFFECTS, type ProviderClass } from '../world/provider-class.ts'
import type { Story } from '../world/story.ts'
import { KEPT_PROMISES, reasonFor } from './reasons.ts'

export type Verb = 'cancel' | 'replay' | 'discard'
export type Enqueued = 'created' | 'noop' | 'conflict' | 'no_such_entry'
export type Order = {
  key: string
  amount: number
  /** Whether it takes its place behind others of the same row. */
  inRow: boolean
  /** What must be done first. */
  after: string | null
}
type Told = { key: string; intent: Intent; outcome: 'committed' | 'rolled_back'; atMs: number }

const providerOf = (key: string): ProviderClass => key.split('-')[0] as ProviderClass

export const intentOf = ({ key, amount }: Pick<Order, 'key' | 'amount'>): Intent => {
  const provider = providerOf(key)
  return {
    provider,
    tenant: 'acme',
    effect: EFFECTS[provider].effect,
    key,
    payload: { customer: key, amount, memo: key },
  }
}

/** What is at one key's disposal to be judged by: all others, and what happened to all of them. */
export type Judged = { all: ReadonlyMap<string, Story>; passedMs: number; wasStruck: boolean }

export class Model {
  /** What producers were told, by key. */
  readonly journal = new Map<string, Told>()
  readonly #committed = new Map<string, Order>()
  /** A person's last word on a key, and how many calls there had been by then. */
  readonly #lastWords = new Map<string, { state: string; calls: number }>()
  #passedMs = 0
  /** Something was struck: from then on any call may have lost its record. */
  #wasStruck = false

  /** What an enqueue must answer (K4). */
  expected({ key, amount, after }: Order): Enqueued {
    const known = this.#committed.get(key)
    if (!known) return after !== null && !this.#committed.has(after) ? 'no_such_entry' : 'created'
    return known.amount === amount ? 'noop' : 'conflict'
  }

  isNew = (key: string): boolean => !this.#committed.has(key)

  told(order: Order, outcome: Told['outcome']): void {
    const { key } = order
    if (this.#committed.has(key)) return
    if (outcome === 'committed') this.#committed.set(key, order)
    this.journal.set(key, { key, intent: intentOf(order), outcome, atMs: Date.now() })
  }

  time(ms: number): void {
    this.#passedMs += ms
  }

  struck(): void {
    this.#wasStruck = true
  }

  ended(key: string, verb: 'cancel' | 'discard', calls: number): void {
    this.#lastWords.set(key, { state: verb === 'cancel' ? 'cancelled' : 'discarded', calls })
  }

  /** What is wrong with how a key ended, or null. */
  broken(story: Story, all: ReadonlyMap<string, Story>): string | null {
    if (!story.entry) return null
    const judged = { all, passedMs: this.#passedMs, wasStruck: this.#wasStruck }
    return (
      this.#early(story, all) ?? KEPT_PROMISES.map((keeps) => keeps(story)).find(Boolean) ?? this.#end(story, judged)
    )
  }

  #end(story: Story, judged: Judged): string | null {
    const { entry, calls, effects } = story
    const last = this.#lastWords.get(story.key)
    if (last && calls.length > last.calls) return `was called after it was ${last.state}`
    if (last && entry?.state !== last.state) return `is ${entry?.state} after it was ${last.state}`
    switch (entry?.state) {
      case 'cancelled':
        return last && effects.length === 0 ? null : `is cancelled; ${effects.length} effects are there`
      case 'discarded':
        return last ? null : 'is discarded, and nobody did that'
      case 'done':
        return calls.length > 0 ? null : 'is done, and was never called'
      case 'acknowledged':
        return calls.some(({ status }) => status === 201) ? null : 'is acknowledged, and nobody accepted it'
      case 'held':
        return this.#blockers(story.key, judged.all).some(({ isOver }) => !isOver) ? null : 'is held for nothing'
      default:
        return reasonFor(story, judged) ? null : `is with a person without a reason: ${entry?.cause}`
    }
  }

  /** Invariant 10, and P4: nothing is called before what comes first is over. */
  #early({ key, calls: [first] }: Story, all: ReadonlyMap<string, Story>): string | null {
    if (!first) return null
    const early = this.#blockers(key, all).find(({ isOver, atMs }) => !isOver || atMs > first.atMs)
    return early ? `was called before ${early.key} was over` : null
  }

  /** What must be over before a key is called: done, where it was named; settled, where it only stands before it in a row. */
  #blockers(key: string, all: ReadonlyMap<string, Story>): { key: string; isOver: boolean; atMs: number }[] {
    const order = this.#committed.get(key)
    const known = [...this.#committed.values()]
    const before = known.slice(
      0,
      known.findIndex((each) => each.key === key),
    )
    const inRow = order?.inRow
      ? before.filter((each) => each.inRow).map((each) => ({ key: each.key, mustBe: null }))
      : []
    const named = order?.after ? [{ key: order.after, mustBe: 'done' }] : []
    return [...inRow, ...named].map(({ key: blocker, mustBe }) => {
      const { settled_at: at = null, state = '' } = all.get(blocker)?.entry ?? {}
      return { key: blocker, isOver: at !== null && (mustBe === null || state === mustBe), atMs: at?.getTime() ?? 0 }
    })
  }
}
