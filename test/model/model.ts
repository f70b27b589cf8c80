/** What the product promises of each key, without a word about how it keeps it. Times, fences, references: nothing here knows of them. */
import type { JournalLine } from '@readback/testing'
import type { Intent } from '../world/producer.ts'
import { EFFECTS, type ProviderClass } from '../world/provider-class.ts'
import type { Story } from '../world/story.ts'

export type Enqueued = 'created' | 'noop' | 'conflict'
export type Verb = 'cancel' | 'replay' | 'discard'

/** A person's word on a key, and how many calls there had been by then. */
type LastWord = { verb: 'cancel' | 'discard'; calls: number }

const HOUR_MS = 3_600_000
const DEADLINE_MS = 23 * HOUR_MS
const KEY_ALIVE_MS = 27 * 24 * HOUR_MS
const ATTEMPTS_MAX = 6
const MISSES_MAX = 30

const providerOf = (key: string): ProviderClass => key.split('-')[0] as ProviderClass

export const intentOf = (key: string, amount: number): Intent => {
  const provider = providerOf(key)
  return {
    provider,
    tenant: 'acme',
    effect: EFFECTS[provider].effect,
    key,
    payload: { customer: key, amount, memo: key },
  }
}

export class Model {
  /** What was committed under each key, and what a producer was told. */
  readonly journal = new Map<string, JournalLine & { intent: Intent }>()
  readonly #lastWords = new Map<string, LastWord>()
  #passedMs = 0
  /** Something was struck or lost: from then on any call may have lost its record. */
  #wasStruck = false

  /** What an enqueue must answer (K4). */
  expected(key: string, amount: number): Enqueued {
    const known = this.#committed(key)
    if (!known) return 'created'
    return known.payload.amount === amount ? 'noop' : 'conflict'
  }

  /** What the producer was told; of a key that is there already, that changes nothing. */
  told(key: string, amount: number, outcome: 'committed' | 'rolled_back'): void {
    if (this.#committed(key)) return
    this.journal.set(key, { key, intent: intentOf(key, amount), outcome, atMs: Date.now() })
  }

  time(ms: number): void {
    this.#passedMs += ms
  }

  struck(): void {
    this.#wasStruck = true
  }

  ended(key: string, verb: LastWord['verb'], calls: number): void {
    this.#lastWords.set(key, { verb, calls })
  }

  /** What is wrong with how a key ended, or null. */
  broken(story: Story): string | null {
    const { entry, calls } = story
    if (!entry) return null
    const last = this.#lastWords.get(story.key)
    if (last) return this.#afterLastWord(story, last)
    if (entry.status === 'cancelled') return `is ${entry.state}, and nobody ended it`
    if (entry.state === 'done') return calls.length > 0 ? null : 'is done, and was never called'
    if (entry.state === 'acknowledged')
      return calls.some(({ status }) => status === 201) ? null : 'is acknowledged, and nobody accepted it'
    return this.#reasonFor(story, entry.cause ?? '') ? null : `is with a person without a reason: ${entry.cause}`
  }

  #committed(key: string): Intent | null {
    const line = this.journal.get(key)
    return line?.outcome === 'committed' ? line.intent : null
  }

  #afterLastWord({ entry, calls, effects }: Story, { verb, calls: before }: LastWord): string | null {
    if (calls.length > before) return `was called after its ${verb}`
    if (entry?.state !== (verb === 'cancel' ? 'cancelled' : 'discarded')) return `is ${entry?.state} after its ${verb}`
    return verb === 'cancel' && effects.length > 0 ? 'was cancelled, and yet it happened' : null
  }

  /** Only what really happened may put an entry before a person. */
  #reasonFor({ provider, attempts, calls, looks, effects }: Story, cause: string): boolean {
    const met = (...faults: string[]) => calls.some(({ fault }) => faults.includes(fault))
    switch (cause) {
      case 'mismatch':
        return met('stored-other')
      case 'duplicate_at_provider':
        return effects.length > 1
      case 'http_400':
        return met('refused-400')
      case 'http_403':
        return met('denied-403')
      case 'attempts_exhausted':
        return attempts.filter(({ kind }) => kind === 'call').length >= ATTEMPTS_MAX
      case 'inconclusive':
        return looks.filter(({ status }) => status !== 200).length + (this.#wasStruck ? MISSES_MAX : 0) >= MISSES_MAX
      case 'deadline_exceeded':
        return this.#passedMs > DEADLINE_MS
      case 'key_expired':
        return this.#passedMs > KEY_ALIVE_MS
      case 'unknown_outcome':
        return (
          provider === 'opaque' && (this.#wasStruck || calls.some(({ status, replied }) => status !== 201 || !replied))
        )
      default:
        return false
    }
  }
}
