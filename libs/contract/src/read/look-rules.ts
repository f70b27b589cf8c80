import type { RequestTemplate } from '../send/request-template.ts'
import type { Template } from '../send/template.ts'
import type { CallbackRules } from './callback.ts'
import type { Decoding } from './decode.ts'
import type { Pointer } from './json-pointer.ts'
import type { MatchRule } from './match.ts'

/** How the effect is read back, parsed from `verify`. */
export type LookRules = {
  /** Works also when the answer was lost, and is the only look that sees a double. */
  readonly byKey: Look
  /** Cheaper, when the one answer came. */
  readonly byId: Look | null
  readonly settle: { readonly firstMs: number; readonly everyMs: number; readonly forMs: number }
  /** Must succeed before an `absent` is believed: a wrong folder or port answers like a missing thing. */
  readonly canary: Canary | null
  /** What of the thing that was found is kept with the receipt. */
  readonly keep: readonly (readonly [name: string, at: Pointer])[]
  /** What the provider sends us by itself; a hint that makes us look earlier. */
  readonly callback: CallbackRules | null
}

export type Look = {
  readonly read: RequestTemplate | CodeRead
  readonly decode: Decoding
  readonly items: ItemsRule | null
  readonly present: PresentRule
  /** In the order in which they are looked at. */
  readonly states: readonly StateRule[]
  readonly absent: readonly AbsentRule[]
}

/** Done by `code.custom.look`, whose findings are the list. */
export type CodeRead = { readonly kind: 'code'; readonly timeoutMs: number }

/** What an answer must be. Statuses: null stands for any 2xx. */
type AnswerRule = {
  readonly statuses: readonly number[] | null
  readonly header: readonly MatchRule[]
  readonly match: readonly MatchRule[]
}

export type PresentRule = AnswerRule & {
  /** How many effects one entry has. */
  readonly expect: number
  /** The bytes that came back must be those that were sent. */
  readonly sameBytes: boolean
}

/** There, but not as something done. With statuses of its own the answer is judged by them; else it must be one that `present` allows. */
export type StateRule = AnswerRule & { readonly verdict: 'removed' | 'failed' | 'pending' }

export type ItemsRule = {
  readonly at: Pointer
  readonly missingMeansEmpty: boolean
  /** Applied here, exactly, whatever the provider filtered by. */
  readonly where: readonly MatchRule[]
  readonly next: NextPage | null
}

export type NextPage = {
  readonly by:
    | { readonly kind: 'query'; readonly query: readonly (readonly [name: string, at: Pointer])[] }
    | { readonly kind: 'url'; readonly at: Pointer }
    | { readonly kind: 'link' }
  readonly while: Pointer | null
  readonly until: Until | null
  readonly maxPages: number
}

/** In a list sorted newest first: nothing behind an item that is older than this can be ours. */
export type Until = { readonly at: Pointer; readonly before: Template; readonly marginMs: number }

export type AbsentRule =
  | { readonly kind: 'no_items' }
  | ({ readonly kind: 'answer'; readonly decode: Decoding; readonly missing: Pointer | null } & AnswerRule)

export type Canary = AnswerRule & { readonly read: RequestTemplate; readonly decode: Decoding }
