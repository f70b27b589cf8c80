/** How a provider, or one of its collections, behaves on a good day: data, so that a lesson is a value and not a server. */
import type { Auth } from './auth.ts'
import type { Json } from './effects.ts'

/**
 * keyed: the same key and body get the first answer again, and nothing happens twice.
 * readable: keys mean nothing on a write, but what exists can be listed and searched by key.
 * opaque: every write acts, and nothing can be read.
 */
export type ProviderKind = 'keyed' | 'readable' | 'opaque'

/** What a key that is known already does: the first two for keyed providers, the others for readable ones. */
export type OnRepeat = 'same_answer' | 'refused' | 'acts_again' | 'overwrites'

/** Parts of an answer that a provider words in its own way. */
export interface Wording {
  status?: number
  body?: Json
  headers?: Record<string, string>
}

/** Payloads that the provider treats in a way of their own. */
export interface Rule {
  /** JSON pointers into the body of a write, and what must stand there. */
  when: Record<string, unknown>
  /** Default: as if nothing were special. */
  answers?: Wording
  /** Default: what was sent. With fields: those beside it. */
  stores?: 'nothing' | Json
  /** Shown until then, and from then on as a tombstone, or not at all. */
  vanishes?: { afterMs: number; leaves: 'tombstone' | 'nothing' }
}

/** What a look shows in place of what was stored. Fields are named by JSON pointers. */
export interface Showing {
  lower?: readonly string[]
  asText?: readonly string[]
  cut?: Record<string, number>
  adds?: Json
  reordered?: boolean
}

export interface Behaviour {
  /** Default `keyed`. */
  kind?: ProviderKind
  /** Default `same_answer` for keyed, `acts_again` for the others. */
  repeat?: OnRepeat
  /** A keyed provider's answer to a known key with another body. Default 422. */
  otherBodyStatus?: 400 | 409 | 422
  /** After this long a keyed provider has forgotten a key, and acts again. Default: never. */
  keyLifetimeMs?: number
  /** Where a write carries its key. Default: in the header, or else in the field. In the path it is the id as well. */
  keyIn?: 'header' | 'path' | { query: string }
  keyHeader?: string
  /** A JSON pointer. Default /metadata/key. */
  keyField?: string
  /** Keys are cut to this length, as by a column of a table. Default: never. */
  keyLength?: number
  /** Keys of other characters are refused. One character class, repeated. */
  keyCharacters?: string
  says?: Partial<Record<'created' | 'exists' | 'other_body' | 'missing', Wording>>
  rules?: readonly Rule[]
  /** A JSON pointer to a list: each of its elements becomes an effect. */
  splits?: string
  /** A write must name a link that was fetched before, `?link=`, and a link works once. */
  prepared?: boolean
  /** Until then a look shows it with `status: processing`, and then with `status: done`. Default: no status is shown. */
  processingMs?: number
  /** How long after it was stored a search finds it; a look by id always does. */
  indexLagMs?: number
  /** What a search does with the key that it is given. Default `exact`. */
  search?: 'exact' | 'prefix' | 'ignored'
  /** How a list ends when it is longer than a page. Default: with a cursor to the next page. */
  longLists?: 'paged' | 'cut' | 'restarting'
  pageSize?: number
  /** How a look has to ask; with another method it gets 405. Default GET. */
  looksBy?: 'GET' | 'POST' | 'REPORT' | 'HEAD'
  shows?: Showing
  /** What answers are written in, whatever they say that they are. Default json; `raw`: the bytes that were sent. */
  format?: 'json' | 'xml' | 'form' | 'text' | 'raw'
  /** The content type that answers claim. */
  label?: string
  auth?: Auth
}

export const isKeyed = ({ kind = 'keyed' }: Behaviour): boolean => kind === 'keyed'

export const onRepeat = (behaviour: Behaviour): OnRepeat =>
  behaviour.repeat ?? (isKeyed(behaviour) ? 'same_answer' : 'acts_again')
