/** What the product promises of each key, without a word about how it keeps it. Leases, fences, references: nothing here knows of them. */
import type { Story } from '../world/story.ts'
import { intentOf, type Order } from './intent.ts'

export type Verb = 'cancel' | 'replay' | 'discard' | 'skip' | 'park' | 'release'
export type Enqueued = 'created' | 'noop' | 'conflict' | 'no_such_entry'
type Outcome = 'committed' | 'rolled_back'
type Stories = ReadonlyMap<string, Story>
/** What must be over before something: done, where it was named; ended, where it only stands before it in the row. */
type Before = { key: string; named: boolean }

const HOUR_MS = 3_600_000
const ENDS: Partial<Record<Verb, string>> = { cancel: 'cancelled', discard: 'discarded' }

export class Model {
  /** What producers were told, by key. */
  readonly journal = new Map<
    string,
    { key: string; intent: ReturnType<typeof intentOf>; outcome: Outcome; atMs: number }
  >()
  readonly #committed = new Map<string, Order>()
  /** A person's last word on a key, and how many calls there had been by then. */
  readonly #lastWords = new Map<string, { state: string | undefined; calls: number }>()
  readonly #replays = new Map<string, readonly number[]>()
  /** What a person did about the order of a key; not there: nothing. */
  readonly #places = new Map<string, 'skipped' | 'parked' | 'back' | 'waits_for_nothing'>()
  #passedMs = 0
  #wasStruck = false

  /** What an enqueue must answer (K4). */
  expected({ key, amount, after }: Order): Enqueued {
    const known = this.#committed.get(key)
    if (!known) return after !== null && !this.#committed.has(after) ? 'no_such_entry' : 'created'
    return known.amount === amount ? 'noop' : 'conflict'
  }

  isNew = (key: string): boolean => !this.#committed.has(key)

  told(order: Order, outcome: Outcome): void {
    const { key } = order
    if (this.#committed.has(key)) return
    if (outcome === 'committed') this.#committed.set(key, order)
    this.journal.set(key, { key, intent: intentOf(order), outcome, atMs: Date.now() })
  }

  time(ms: number): void {
    this.#passedMs += ms
  }

  /** From now on any call may have lost its record. */
  struck(): void {
    this.#wasStruck = true
  }

  /** A person did something with a key that had been called so often. */
  operated(key: string, verb: Verb, calls: number): void {
    if (verb === 'replay') this.#replays.set(key, [...this.replayedAfter(key), calls])
    if (verb in ENDS) this.#lastWords.set(key, { state: ENDS[verb], calls })
    if (verb === 'skip' || verb === 'park') this.#places.set(key, verb === 'skip' ? 'skipped' : 'parked')
    if (verb === 'release') this.#places.set(key, this.#places.get(key) === 'parked' ? 'back' : 'waits_for_nothing')
  }

  replayedAfter(key: string): readonly number[] {
    return this.#replays.get(key) ?? []
  }

  /** What is wrong with how a key ended, or null. */
  broken(story: Story, all: Stories): string | null {
    return story.entry ? (this.#early(story, all) ?? this.#end(story, all)) : null
  }

  #end(story: Story, all: Stories): string | null {
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
        return this.#mayBeHeld(story.key, all) ? null : `is held for nothing: ${entry.cause}`
      default:
        return this.#hasReason(story) ? null : `is with a person without a reason: ${entry?.cause}`
    }
  }

  /** Only what really happened may put an entry before a person. */
  #hasReason({ provider, entry, attempts, calls, looks, effects }: Story): boolean {
    const met = (fault: string) => calls.some((call) => call.fault === fault)
    const failed = looks.filter(({ status }) => status !== 200).length
    const reasons: Record<string, boolean> = {
      mismatch: met('stored-other'),
      duplicate_at_provider: effects.length > 1,
      http_400: met('refused-400'),
      http_403: met('denied-403'),
      attempts_exhausted: attempts.filter(({ kind }) => kind === 'call').length >= 6,
      inconclusive: this.#wasStruck || failed >= 30,
      deadline_exceeded: this.#passedMs > 23 * HOUR_MS,
      key_expired: this.#passedMs > 27 * 24 * HOUR_MS,
      unknown_outcome:
        provider === 'opaque' && (this.#wasStruck || calls.some(({ status, replied }) => status !== 201 || !replied)),
    }
    return reasons[entry?.cause ?? ''] ?? false
  }

  /** Invariant 10, and P4: nothing is called before what comes first is over, unless a person has let it pass. */
  #early({ key, calls: [first] }: Story, all: Stories): string | null {
    if (!first || this.#places.get(key) === 'waits_for_nothing') return null
    const standing = this.#before(key).filter((each) => each.named || !this.#places.has(each.key))
    const early = standing.find((each) => !isOver(each, all, first.atMs))
    return early ? `was called before ${early.key} was over` : null
  }

  #mayBeHeld(key: string, all: Stories): boolean {
    const place = this.#places.get(key)
    // Who takes its old place again may find that a later one has begun.
    const others = place === 'back' ? [...this.#committed.keys()].filter((other) => other !== key) : []
    const standing = [...this.#before(key), ...others.map((other) => ({ key: other, named: false }))].filter(
      (each) => each.named || !['skipped', 'parked'].includes(this.#places.get(each.key) ?? ''),
    )
    return place === 'parked' || standing.some((each) => !isOver(each, all, Number.POSITIVE_INFINITY))
  }

  #before(key: string): Before[] {
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
}

function isOver({ key, named }: Before, all: Stories, byMs: number): boolean {
  const { settled_at: at, state } = all.get(key)?.entry ?? {}
  return at != null && at.getTime() <= byMs && (!named || state === 'done')
}
