/** What the product promises of each key, without a word about how it keeps it. Leases, fences, references: nothing here knows of them. */

import type { Intent } from '../world/producer.ts'
import { EFFECTS, type ProviderClass } from '../world/provider-class.ts'
import type { Story } from '../world/story.ts'
import { KEPT_PROMISES, reasonFor } from './reasons.ts'

export type Verb = 'cancel' | 'replay' | 'discard' | 'skip' | 'park' | 'release'
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
  /** What a person did about the order of a key; not there: nothing. */
  readonly #places = new Map<string, 'skipped' | 'parked' | 'back' | 'waits_for_nothing'>()
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

  /** A person did something with a key that had been called so often. */
  operated(key: string, verb: Verb, calls: number): void {
    const ends = { cancel: 'cancelled', discard: 'discarded' }[verb as string]
    if (ends) this.#lastWords.set(key, { state: ends, calls })
    if (verb === 'skip' || verb === 'park') this.#places.set(key, verb === 'skip' ? 'skipped' : 'parked')
    if (verb === 'release') this.#places.set(key, this.#places.get(key) === 'parked' ? 'back' : 'waits_for_nothing')
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
        return this.#mayBeHeld(story.key, judged.all) ? null : `is held for nothing: ${entry.cause}`
      default:
        return reasonFor(story, judged) ? null : `is with a person without a reason: ${entry?.cause}`
    }
  }

  /** Invariant 10, and P4: nothing is called before what comes first is over, unless a person has let it pass. */
  #early({ key, calls: [first] }: Story, all: ReadonlyMap<string, Story>): string | null {
    if (!first || this.#places.get(key) === 'waits_for_nothing') return null
    const standing = this.#before(key).filter((each) => each.named || !this.#places.has(each.key))
    const early = standing.find((each) => !this.#isOver(each, all, first.atMs))
    return early ? `was called before ${early.key} was over` : null
  }

  #mayBeHeld(key: string, all: ReadonlyMap<string, Story>): boolean {
    const place = this.#places.get(key)
    if (place === 'parked') return true
    // Who takes its old place again may find that a later one has begun.
    const others =
      place === 'back' ? [...this.#committed.values()].map((each) => ({ key: each.key, named: false })) : []
    const standing = [...this.#before(key), ...others].filter(
      (each) => each.named || !PASSED.has(this.#places.get(each.key)),
    )
    return standing.some((each) => each.key !== key && !this.#isOver(each, all, Number.POSITIVE_INFINITY))
  }

  /** What must be over first: done, where it was named; ended, where it only stands before it in the row. */
  #before(key: string): { key: string; named: boolean }[] {
    const known = [...this.#committed.values()]
    const order = this.#committed.get(key)
    const earlier = known
      .slice(
        0,
        known.findIndex((each) => each.key === key),
      )
      .filter((each) => each.inRow)
    const inRow = order?.inRow ? earlier.map((each) => ({ key: each.key, named: false })) : []
    return order?.after ? [...inRow, { key: order.after, named: true }] : inRow
  }

  #isOver({ key, named }: { key: string; named: boolean }, all: ReadonlyMap<string, Story>, byMs: number): boolean {
    const { settled_at: at, state } = all.get(key)?.entry ?? {}
    return at != null && at.getTime() <= byMs && (!named || state === 'done')
  }
}

/** Nobody waits for one of these. */
const PASSED: ReadonlySet<string | undefined> = new Set(['skipped', 'parked'])
