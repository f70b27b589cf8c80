/** The promises of the design, by their numbers there, each as a question to one key's story. Null: it was kept. */
import type { LedgerEntry } from '@readback/testing'
import { TIMES } from './provider-class.ts'
import type { Story } from './story.ts'

export type Invariant = { no: string; says: string; broken: (story: Story) => string | null }

// The provider says itself that it did nothing; the contracts say that it may be believed.
const PROVABLY_NOTHING = new Set(['unavailable', 'rate-limited', 'refused-400', 'denied-403'])
/** What is left of the 30 days of the contract when a tenth is taken off. */
const KEY_ALIVE_MS = 27 * 86_400_000
/** Two clocks that count whole milliseconds. */
const TOLERANCE_MS = 50
/** The provider did wrong by itself; nobody can prevent that, only notice. */
const meets = (story: Story, fault: LedgerEntry['fault']) => story.calls.some((call) => call.fault === fault)

export const INVARIANTS: readonly Invariant[] = [
  {
    no: 'safety 1',
    says: 'the business row and the outbox row are there together, or neither is',
    broken: ({ journal, hasBusinessRow, entry }) => {
      if (hasBusinessRow !== (entry !== undefined)) return `business row ${hasBusinessRow}, entry ${entry?.entry_id}`
      if (journal?.outcome === 'committed' && !entry) return 'was committed, and there is no entry'
      return journal?.outcome === 'rolled_back' && entry ? 'was rolled back, and there is an entry' : null
    },
  },
  {
    no: 'safety 2',
    says: 'no call and no effect without a committed entry, and always the same bytes',
    broken: ({ entry, calls, effects }) => {
      if (!entry && calls.length + effects.length > 0) return `${calls.length} calls for nothing that was committed`
      return new Set(calls.map((call) => call.fingerprint)).size > 1 ? 'calls sent different bytes' : null
    },
  },
  {
    no: 'safety 4',
    says: 'done only after a look behind the last call, with one effect there that is equal',
    broken: (story) => (story.entry?.state === 'done' ? falselyDone(story) : null),
  },
  {
    no: 'safety 5',
    says: 'at most one effect of a key',
    broken: (story) =>
      story.effects.length > 1 && !meets(story, 'applied-twice') ? `${story.effects.length} effects are there` : null,
  },
  {
    no: 'safety 6 and 7',
    says: 'no second call before the first was proved to have done nothing',
    broken: (story) => {
      const pairs = story.calls.slice(1).map((second, index) => ({ first: story.calls[index], second }))
      return pairs.map(({ first, second }) => first && blindRepeat(story, first, second)).find(Boolean) ?? null
    },
  },
  {
    no: 'safety 7 (A7)',
    says: 'every call was written down before its first byte left',
    broken: ({ entry, attempts, calls }) => {
      const written = attempts.filter(({ kind }) => kind === 'call').length + (entry?.state === 'calling' ? 1 : 0)
      return calls.length > written ? `${calls.length} calls, and ${written} were written down` : null
    },
  },
  {
    no: 'safety 8',
    says: 'fences strictly increase, and nothing is written after the end',
    broken: ({ entry, attempts }) => {
      const fences = attempts.map(({ fence }) => Number(fence))
      if (fences.some((fence, index) => index > 0 && fence <= (fences[index - 1] ?? 0)))
        return `fences ${fences.join()}`
      const settled = entry?.settled_fence ?? null
      return settled !== null && Number(settled) < Math.max(0, ...fences)
        ? `settled at ${settled} of ${fences.join()}`
        : null
    },
  },
  {
    no: 'safety 10',
    says: 'a later entry of an ordering key is not called before the earlier one has ended',
    broken: ({ calls: [call], earlier }) => (call && earlier ? overtaken(earlier, call) : null),
  },
  {
    no: 'safety 7 (lifetime)',
    says: 'no call once the provider may have forgotten the key',
    broken: ({ provider, calls }) => {
      const sinceMs = (calls.at(-1)?.atMs ?? 0) - (calls[0]?.atMs ?? 0)
      return provider === 'keyed' && sinceMs > KEY_ALIVE_MS ? `called again ${sinceMs} ms after the first call` : null
    },
  },
  {
    no: 'safety 9 (Retry-After)',
    says: 'no call before the provider wants it, but for one that a person asks for',
    broken: ({ calls, times = TIMES, replayedAfter = [] }) => {
      const gaps = calls.slice(1).map((next, index) => ({
        fault: calls[index]?.fault,
        ms: next.atMs - (calls[index]?.atMs ?? 0),
        isAskedFor: replayedAfter.includes(index + 1),
      }))
      const hasty = gaps.find(
        ({ fault, ms, isAskedFor }) =>
          fault === 'rate-limited' && !isAskedFor && ms < times.retryAfterMs - TOLERANCE_MS,
      )
      return hasty ? `called again ${hasty.ms} ms after a 429` : null
    },
  },
  {
    no: 'R4',
    says: 'acknowledged and done are different words',
    broken: ({ provider, entry }) => {
      const wrong = provider === 'opaque' ? 'done' : 'acknowledged'
      return entry?.state === wrong ? `${wrong}, though the provider is ${provider}` : null
    },
  },
  {
    no: 'liveness 1',
    says: 'everything settles or is with a person, who is told why',
    broken: ({ entry, effects }) => {
      if (entry?.state === 'expired') return effects.length === 0 ? null : 'expired, and there is an effect'
      if (!entry || ['done', 'acknowledged', 'cancelled'].includes(entry.status)) return null
      return entry.status === 'needs_attention' && entry.cause ? null : `is still ${entry.status}: ${entry.state}`
    },
  },
]

function falselyDone({ journal, calls, looks, effects }: Story): string | null {
  const [effect] = effects
  if (!effect || effects.length > 1) return `done, and ${effects.length} effects are there`
  const lastCall = calls.at(-1)?.seq ?? 0
  if (!looks.some((look) => look.seq > lastCall && look.status === 200)) return 'done, and nobody looked after the call'
  const sent = journal?.intent?.payload
  const equal = sent && effect.body['amount'] === sent.amount && effect.body['memo'] === sent.memo
  return equal ? null : `done, and what is there differs: ${JSON.stringify(effect.body)}`
}

/** Ended by its own word, or by the look that saw it: at the provider, whatever is said of it elsewhere. */
function overtaken(earlier: Story, call: LedgerEntry): string | null {
  const { key, provider, entry, calls, looks } = earlier
  const last = calls.at(-1)
  if (last && last.seq > call.seq) return `was called before ${key} was called for the last time`
  // Put aside, given up or passed on purpose: a person has decided.
  if (entry?.state !== 'done' && entry?.state !== 'acknowledged') return null
  if (!last) return `was called before ${key}`
  const wasSeen = looks.some(({ seq, status }) => seq > last.seq && seq < call.seq && status === 200)
  return wasSeen || provider === 'opaque' ? null : `was called before ${key} was seen`
}

function blindRepeat(
  { provider, looks, times = TIMES }: Story,
  first: LedgerEntry,
  second: LedgerEntry,
): string | null {
  if (PROVABLY_NOTHING.has(first.fault)) return null
  if (provider === 'opaque') return `called again after ${first.fault}, and nobody could look`
  const between = looks.filter(({ seq, status }) => seq > first.seq && seq < second.seq && status === 200)
  if (between.length < 2) return `called again after ${first.fault} and ${between.length} looks`
  const waitedMs = second.atMs - first.atMs
  const neededMs = times.settleForMs + times.executionDelayMs
  return waitedMs < neededMs ? `called again ${waitedMs} ms after ${first.fault}; ${neededMs} are needed` : null
}
