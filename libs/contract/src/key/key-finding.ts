import { madeAtMs, timesIn } from './time-in-key.ts'

/** What makes a key look as if it did not name an intent. */
export type KeyFinding = 'random_uuid' | 'fresh_id' | 'fresh_time' | 'counts_tries' | 'has_a_gap' | 'too_broad'

export type KeyInQuestion = {
  tenant: string
  effect: string
  key: string
  /** When the intent was written. */
  atMs: number
}

/** What to do about each: one sentence for whoever reads the warning. */
export const KEY_ADVICE: Readonly<Record<KeyFinding, string>> = {
  random_uuid:
    'the whole key is a random UUID: if it was made for this call, the next try makes another one, and the effect happens twice',
  fresh_id:
    'the key is an id that was made with the intent: if the next try makes another one, the effect happens twice',
  fresh_time:
    'the key holds the moment at which it was made: the next try has another one, and the effect happens twice',
  counts_tries: 'the key counts tries: each of them is another intent, and happens as well',
  has_a_gap:
    'a part of the key was empty when it was made: different intents get the same key, and all but the first are refused or left out',
  too_broad: 'nothing in the key tells one intent from another: all but the first are refused or left out',
}

const FRESH_MS = 60_000
const TRIES = /(^|[^a-z])(attempt|retry|retries|try)([^a-z]|$)/i
const GAP = /(^|[^a-z0-9])(undefined|null|nan)($|[^a-z0-9])|\[object |invalid date|\$\{|\{\{/i
const UUID_4 = /^[{(]?[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}[)}]?$/i
const WORDS_OF_ANY = new Set(['default', 'key', 'id', 'idempotency', 'test', 'new', 'create', 'send', 'true', 'false'])

/**
 * Whether a key looks like one of an attempt, or like one of everything (K6). A guess for warnings, from one key alone; it
 * keeps silent where the same text may well name an intent: an older id, a day, a random id beside something else.
 */
export function keyFinding(asked: KeyInQuestion): KeyFinding | null {
  const { key } = asked
  if (GAP.test(key)) return 'has_a_gap'
  if (TRIES.test(key)) return 'counts_tries'
  if (UUID_4.test(key)) return 'random_uuid'
  if (isFresh(madeAtMs(key), asked.atMs)) return 'fresh_id'
  if (timesIn(key).some((timeMs) => isFresh(timeMs, asked.atMs))) return 'fresh_time'
  return tellsApart(asked) ? null : 'too_broad'
}

/** Clocks differ, and a transaction may take its time; what is older has a meaning of its own. */
const isFresh = (timeMs: number | null, atMs: number) => timeMs !== null && Math.abs(atMs - timeMs) <= FRESH_MS

function tellsApart({ tenant, effect, key }: KeyInQuestion): boolean {
  const known = `${tenant} ${effect}`.toLowerCase()
  // Hardly a word of a key stands in those two; their own words are taken apart only if one does.
  return wordsOf(key).some(
    (word) => !WORDS_OF_ANY.has(word) && !(known.includes(word) && wordsOf(known).includes(word)),
  )
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
